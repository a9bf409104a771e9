// Processes that somebody started by hand, found by what they run, with the families that they have left on
// the machine. Only looks; nothing here signals anything.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "proc/stray_patterns.hpp"

namespace jobctl {

enum class StrayRole {
  main,    // fits a pattern
  worker,  // a descendant of one that is found
  orphan,  // of a family whose main process is gone
};
const char* to_string(StrayRole role);

struct Stray {
  TableEntry entry;
  StrayRole role = StrayRole::main;
  std::string why;  // "runs runners/train.py", "started by 4711"
};

// Whom to look for, and whom never to find.
struct StraySearch {
  StrayPatterns patterns;
  uid_t user = 0;                  // whose processes are looked at
  pid_t self = 0;                  // never found, nor its ancestors, nor the run that it is part of
  std::set<pid_t> of_jobs;         // never found
  std::set<pid_t> service_mains;   // ServiceProcesses: never found
  std::vector<std::string> marks;  // variables, as markers are, which those of one family have alike
  // Members of the families that were found before, and may be gone; not found again.
  std::vector<Stray> earlier;
};

struct StraysFound {
  std::vector<Stray> strays;           // in the order of their PIDs
  std::vector<TableEntry> left_alone;  // that fit a pattern and are other users', or in a container
};

StraysFound find_strays(const std::vector<TableEntry>& table, const StraySearch& search);

}  // namespace jobctl
