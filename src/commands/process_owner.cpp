#include "commands/process_owner.hpp"

#include <unistd.h>

#include "proc/cgroup.hpp"
#include "util/display.hpp"
#include "util/error.hpp"
#include "util/number.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

// "user@1000.service", systemd's unit for the manager of a user.
std::optional<uid_t> user_of_manager(const std::string& unit) {
  const std::string prefix = "user@", suffix = ".service";
  if (!unit.starts_with(prefix) || !unit.ends_with(suffix)) return std::nullopt;
  return parse_number<uid_t>(unit.substr(prefix.size(), unit.size() - prefix.size() - suffix.size()));
}

std::string title(const Process& process) {
  return "process " + std::to_string(process.pid) + " (" + visible(process.name) + ")";
}

}  // namespace

Error no_such_process(pid_t pid) {
  return {Errc::no_such_job, "there is no process " + std::to_string(pid) + ", or none that you may see"};
}

ProcessOwner owner_of(pid_t pid) {
  auto process = read_process(pid);
  if (!process) throw no_such_process(pid);
  const std::string cgroup = cgroup_of(pid);
  ProcessOwner owner{std::move(*process), cgroup, uuid_of_cgroup(cgroup).value_or(""), {}};
  for (const std::string& unit : split(cgroup, '/'))
    if (const auto user = user_of_manager(unit)) owner.user = user;
  return owner;
}

bool has_process(const Job& job, const ProcessOwner& owner) {
  return job.spec.uuid == owner.uuid && !job.current.cgroup.empty() &&
         is_in_cgroup(owner.cgroup, job.current.cgroup);
}

Error not_ours(const Context& context, const ProcessOwner& owner) {
  const std::string process = title(owner.process);
  if (owner.uuid.empty())
    return {Errc::no_such_job, process + " belongs to no job", "jobctl list shows the jobs"};
  const std::string job = process + " belongs to the job " + owner.uuid.substr(0, 8);
  const std::string pid = std::to_string(owner.process.pid);
  if (owner.user && *owner.user != geteuid())
    return {Errc::no_such_job, job + " of user " + user_name(*owner.user)};
  if (owner.user) return {Errc::no_such_job, job + " of your user manager", "jobctl --user find " + pid};
  if (!context.is_system() || geteuid() != 0)
    return {Errc::no_such_job, job + " of the system manager",
            (geteuid() == 0 ? "jobctl --system find " : "sudo jobctl find ") + pid};
  return {Errc::no_such_job, job + ", of which this manager knows nothing", "systemctl status " + pid};
}

}  // namespace jobctl
