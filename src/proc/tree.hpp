// Processes arranged by who started whom:
//   39832 python3 train.py --epochs 90
//   ├─39840 python3 worker.py
//   └─39841 python3 worker.py
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "proc/process.hpp"

namespace jobctl {

struct TreeLine {
  std::string branch;  // what stands before the process: "├─", "│ └─", "" for a root
  Process process;
};

// Each process once, children below their parents, siblings by their start. A process whose parent isn't
// among them is a root: that of the job, and those that outlived their parents.
std::vector<TreeLine> arrange(std::vector<Process> processes);

// As lines of at most `width` columns (0: of any length) that do nothing to a terminal.
std::vector<std::string> tree_lines(const std::vector<TreeLine>& tree, size_t width = 0);

}  // namespace jobctl
