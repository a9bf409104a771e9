// All processes of the machine at one moment, as proc(5) tells about them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "job/program_pattern.hpp"
#include "proc/process.hpp"

namespace jobctl {

struct TableEntry {
  Process process;
  uid_t user = 0;      // real
  std::string cgroup;  // below /sys/fs/cgroup; "" where it is hidden

  RunningProgram program() const { return {process.argv, executable, directory}; }

  // Only of the caller's own processes.
  std::string executable, directory;     // absolute; "" where unknown
  std::vector<std::string> environment;  // K=V, as it was when the program began, the first 1 MiB
};

// Started by a service manager itself, systemd.exec(5), "$SYSTEMD_EXEC_PID": an administrator's, or one that
// was exported, and to be ended by systemctl(1). Only of the caller's own.
bool is_service(const TableEntry& entry);

// Those that the caller may see, in the order of their PIDs.
std::vector<TableEntry> read_process_table(const std::string& proc = "/proc");

}  // namespace jobctl
