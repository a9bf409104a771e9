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

bool is_there(const std::string& path) {
  return access(path.c_str(), F_OK) == 0;
}

// A program may have gone elsewhere since. $PWD tells where the shell stood that started it.
std::string directory_at_start(const TableEntry& entry, const std::string& present) {
  const std::vector<std::string> paths = relative_paths_of(entry.process.argv);
  if (paths.empty() || is_there(present + "/" + paths.back())) return present;
  constexpr std::string_view variable = "PWD=/";
  for (const std::string& text : entry.environment)
    if (text.starts_with(variable) && is_there(text.substr(variable.size() - 1) + "/" + paths.back()))
      return text.substr(variable.size() - 1);
  return present;
}

void look_into(TableEntry& entry, const std::string& directory, const std::string& proc) {
  entry.executable = path_of(directory + "/exe");
  entry.environment = environment_of(entry.process.pid, proc);
  entry.directory = directory_at_start(entry, path_of(directory + "/cwd"));
}

}  // namespace

std::vector<TableEntry> read_process_table(const std::string& proc) {
  std::vector<TableEntry> table;
  for (Process& process : read_processes(pids_of(proc), proc)) {
    const std::string directory = proc + "/" + std::to_string(process.pid);
    const std::string status = read_small_file(directory + "/status").value_or("");
    // The owner of /proc/PID is another where the program may not be looked into.
    const auto users = status_numbers(status, "Uid");
    if (users.empty()) continue;
    TableEntry& entry = table.emplace_back();
    entry.user = users.front();
    entry.is_in_container = status_numbers(status, "NSpid").size() > 1;
    entry.cgroup = cgroup_of(process.pid, proc);
    entry.process = std::move(process);
    if (entry.user == geteuid() || geteuid() == 0) look_into(entry, directory, proc);
  }
  return table;
}

ProcessIndex index_of(const std::vector<TableEntry>& table) {
  ProcessIndex index;
  for (const TableEntry& entry : table) index[entry.process.pid] = &entry;
  return index;
}

bool is_orphan(const TableEntry& entry, const ProcessIndex& index) {
  const auto found = index.find(entry.process.parent);
  if (found == index.end()) return true;
  const Process& parent = found->second->process;
  return parent.pid == 1 || parent.name == "systemd" || parent.start_ticks > entry.process.start_ticks;
}

}  // namespace jobctl
