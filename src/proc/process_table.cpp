#include "proc/process_table.hpp"

#include <algorithm>

#include <unistd.h>

#include "proc/cgroup.hpp"
#include "proc/process_setup.hpp"
#include "proc/read.hpp"
#include "util/directories.hpp"
#include "util/number.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

std::vector<pid_t> pids_of(const std::string& proc) {
  std::vector<pid_t> pids;
  for (const std::string& name : names_in(proc))
    if (const auto pid = parse_number<pid_t>(name)) pids.push_back(*pid);
  std::sort(pids.begin(), pids.end());
  return pids;
}

// proc_pid_exe(5), proc_pid_cwd(5).
std::string path_of(const std::string& link) {
  std::string path = read_link(link);
  const std::string deleted = " (deleted)";
  if (path.ends_with(deleted)) path.resize(path.size() - deleted.size());
  return path.starts_with('/') ? path : "";
}

// The real one, proc_pid_status(5). The owner of /proc/PID is another where the program may not be looked
// into.
std::optional<uid_t> user_of(const std::string& directory) {
  const std::string text = read_small_file(directory + "/status").value_or("");
  const std::string key = "\nUid:\t";
  const size_t at = text.find(key);
  if (at == std::string::npos) return std::nullopt;
  const size_t begin = at + key.size();
  return parse_number<uid_t>(text.substr(begin, text.find('\t', begin) - begin));
}

void add_own(TableEntry& entry, const std::string& directory, const std::string& proc) {
  entry.executable = path_of(directory + "/exe");
  entry.directory = path_of(directory + "/cwd");
  entry.environment = environment_of(entry.process.pid, proc);
}

}  // namespace

bool is_service(const TableEntry& entry) {
  const std::string own = "SYSTEMD_EXEC_PID=" + std::to_string(entry.process.pid);
  return entry.cgroup.ends_with(".service") &&
         std::find(entry.environment.begin(), entry.environment.end(), own) != entry.environment.end();
}

std::vector<TableEntry> read_process_table(const std::string& proc) {
  std::vector<TableEntry> table;
  for (Process& process : read_processes(pids_of(proc), proc)) {
    const std::string directory = proc + "/" + std::to_string(process.pid);
    const auto user = user_of(directory);
    if (!user) continue;
    TableEntry& entry = table.emplace_back();
    entry.user = *user;
    entry.cgroup = cgroup_of(process.pid, proc);
    entry.process = std::move(process);
    if (*user == geteuid()) add_own(entry, directory, proc);
  }
  return table;
}

}  // namespace jobctl
