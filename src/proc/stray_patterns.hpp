// What to look for among the processes of a machine.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "proc/process_table.hpp"

namespace jobctl {

struct StrayPatterns {
  std::vector<std::string> programs;     // runs(): "runners/train.py"
  std::vector<std::string> executables;  // has_executable(): "llama-server"
  std::vector<std::string> texts;        // mentions()
  std::vector<std::string> markers;      // variables in the environment: "NAME", "NAME=VALUE"

  bool empty() const { return programs.empty() && executables.empty() && texts.empty() && markers.empty(); }
};

// Why the process is one of those that are looked for, "runs runners/train.py"; nullopt where it is none.
std::optional<std::string> match(const TableEntry& entry, const StrayPatterns& patterns);

// Whether a "NAME=VALUE" of an environment is what a marker means.
bool is_marked_by(const std::string& variable, const std::string& marker);

}  // namespace jobctl
