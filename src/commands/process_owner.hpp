// Whose a process is: the kernel keeps every process of a unit in the unit's cgroup, whatever it does
// (cgroups(7)).
#pragma once

#include <optional>
#include <string>

#include "commands/context.hpp"
#include "job/job.hpp"
#include "proc/process.hpp"
#include "util/error.hpp"

namespace jobctl {

struct ProcessOwner {
  Process process;
  std::string cgroup;
  std::string uuid;             // of its job, of whichever manager; "" where it is in none
  std::optional<uid_t> user{};  // whose manager the unit's is; none: the system's, or nobody can tell
};

// Throws no_such_process().
ProcessOwner owner_of(pid_t pid);

Error no_such_process(pid_t pid);

// Whether the job's run has that process, and not only a cgroup that somebody has named like it.
bool has_process(const Job& job, const ProcessOwner& owner);

// Why the process is of no job of this manager: thrown by whoever needs one.
Error not_ours(const Context& context, const ProcessOwner& owner);

}  // namespace jobctl
