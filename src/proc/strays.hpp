// Processes that somebody started by hand, found by what they run, with the families that they have left on
// the machine. Only looks; nothing here signals anything.
#pragma once

#include <set>
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

enum class StrayRole {
  main,    // fits a pattern
  worker,  // a descendant of one that is found
  orphan,  // of a family whose main process is gone
};
const char* to_string(StrayRole role);

struct Stray {
  TableEntry entry;  // without its environment
  StrayRole role = StrayRole::main;
  std::string why;  // "runs runners/train.py", "started by 4711"
};

// Whom to look for, and whom never to find.
struct StraySearch {
  StrayPatterns patterns;
  uid_t user = 0;                  // whose processes are looked at
  pid_t self = 0;                  // with its ancestors never found
  std::set<pid_t> of_jobs;         // never found
  std::set<std::string> services;  // cgroups of services whose main process fits: never found
  std::vector<Stray>
      earlier;  // members of the families that were found before, and may be gone; not found again
};

struct StraysFound {
  std::vector<Stray> strays;          // in the order of their PIDs
  std::vector<TableEntry> of_others;  // other users' that fit a pattern
};

StraysFound find_strays(const std::vector<TableEntry>& table, const StraySearch& search);

}  // namespace jobctl
