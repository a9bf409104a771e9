// The file `<state>/history`, mode 0600: the part of the audit trail that no record holds any more, or never
// did. Lines are only ever added.
#pragma once

#include <string>
#include <vector>

#include "job/history.hpp"

namespace jobctl {

std::string history_path(const std::string& state_dir);

// All of them or none, on the disk when this returns (fdatasync(2)). Throws Error.
void append_history(const std::string& state_dir, const std::vector<HistoryEntry>& entries);

// The file as it is; "" where there is none. Throws Error.
std::string history_text(const std::string& state_dir);

// In the order in which they were added. What is no entry is left out. Throws Error for a file that can't be
// read.
std::vector<HistoryEntry> read_history(const std::string& state_dir);

}  // namespace jobctl
