// Processes that systemd's services consist of: an administrator's, or an application's, to be ended by
// systemctl(1). What merely lives in a service's cgroup, as a terminal's shells and what cron(8) starts, is
// none of it.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "proc/process_table.hpp"

namespace jobctl {

// "/system.slice/x.service" of "/system.slice/x.service/main"; "" where the innermost unit is no service.
std::string service_cgroup(const std::string& cgroup);

// Started by a service manager itself, systemd.exec(5), "$SYSTEMD_EXEC_PID". Only of processes whose
// environment is known.
bool is_service(const TableEntry& entry);

class ServiceProcesses {
 public:
  // `mains`: main processes as service managers tell them, for programs may write over their environment.
  // Where one `fits`, all that its service's cgroup holds is the service's.
  ServiceProcesses(const std::vector<TableEntry>& table, const std::set<pid_t>& mains,
                   const std::function<bool(const TableEntry&)>& fits);

  bool contain(const TableEntry& entry) const;

 private:
  // A service manager gives each process that it starts a session; the shells of a terminal, and cron's jobs,
  // have others.
  bool is_of_session(const TableEntry& entry) const;

  std::set<pid_t> sessions_;
  std::set<std::string> cgroups_;
};

}  // namespace jobctl
