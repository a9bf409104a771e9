#include "proc/services.hpp"

#include <algorithm>

namespace jobctl {

namespace {

bool has_variable(const TableEntry& entry, const std::string& variable) {
  return std::find(entry.environment.begin(), entry.environment.end(), variable) != entry.environment.end();
}

std::string started_as(pid_t pid) {
  return "SYSTEMD_EXEC_PID=" + std::to_string(pid);
}

}  // namespace

std::string service_cgroup(const std::string& cgroup) {
  size_t end = 0;
  bool is_of_service = false;
  for (size_t begin = 0; begin < cgroup.size();) {
    const size_t next = std::min(cgroup.find('/', begin), cgroup.size());
    const std::string part = cgroup.substr(begin, next - begin);
    if (part.ends_with(".service") || part.ends_with(".scope"))
      end = next, is_of_service = part.ends_with(".service");
    begin = next + 1;
  }
  return is_of_service ? cgroup.substr(0, end) : "";
}

bool is_service(const TableEntry& entry) {
  return !service_cgroup(entry.cgroup).empty() && has_variable(entry, started_as(entry.process.pid));
}

ServiceProcesses::ServiceProcesses(const std::vector<TableEntry>& table, const std::set<pid_t>& mains,
                                   const std::function<bool(const TableEntry&)>& fits) {
  for (const TableEntry& entry : table)
    if (mains.contains(entry.process.pid) || is_service(entry)) sessions_.insert(entry.process.session);
  for (const TableEntry& entry : table)
    if (is_of_session(entry) && fits(entry)) cgroups_.insert(service_cgroup(entry.cgroup));
}

bool ServiceProcesses::is_of_session(const TableEntry& entry) const {
  const pid_t session = entry.process.session;
  return !service_cgroup(entry.cgroup).empty() &&
         (sessions_.contains(session) || has_variable(entry, started_as(session)));
}

bool ServiceProcesses::contain(const TableEntry& entry) const {
  return is_of_session(entry) || cgroups_.contains(service_cgroup(entry.cgroup));
}

}  // namespace jobctl
