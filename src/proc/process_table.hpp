// All processes of the machine at one moment, as proc(5) tells about them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <sys/types.h>

#include "job/program_pattern.hpp"
#include "proc/process.hpp"

namespace jobctl {

struct TableEntry {
  Process process;
  uid_t user = 0;                // real
  std::string cgroup;            // below /sys/fs/cgroup; "" where it is hidden
  bool is_in_container = false;  // in a PID namespace below ours, pid_namespaces(7)

  RunningProgram program() const { return {process.argv, executable, directory}; }

  // Only of the caller's own processes; root sees everybody's.
  std::string executable;                // absolute; "" where unknown
  std::string directory;                 // in which it began, as far as that can be told; the same
  std::vector<std::string> environment;  // K=V, as it was when the program began, the first 1 MiB
};

// Those that the caller may see, in the order of their PIDs.
std::vector<TableEntry> read_process_table(const std::string& proc = "/proc");

// By PID.
using ProcessIndex = std::map<pid_t, const TableEntry*>;
ProcessIndex index_of(const std::vector<TableEntry>& table);

// Its parent is one that takes in orphans: init, a service manager, or one that is younger than itself.
bool is_orphan(const TableEntry& entry, const ProcessIndex& index);

}  // namespace jobctl
