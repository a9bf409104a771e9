// What a process has that is one of a job's, or acts for it: user, directory, environment.
#pragma once

#include <string>
#include <vector>

#include "job/job.hpp"

namespace jobctl {

// Of the process that becomes the program: its user and groups, then its directory, which that user must be
// allowed to enter. Async-signal-safe. nullptr, or the step that failed, with errno set.
struct Step {
  const char* name;
  int status;
};
const Step* become_user(const JobSpec& spec);
const Step* become_user_in_directory(const JobSpec& spec);

// K=V strings for execve(2): the caller's environment as recorded, or the manager's under --clean-env, and
// the JOBCTL_* variables and those of what the run was given, its ports and GPUs.
std::vector<std::string> job_environment(const JobSpec& spec, const Run& run);

// execvp(3) with an environment of its own, searching the PATH in it. Returns errno.
int execute(const Argv& argv, const std::vector<std::string>& environment);

}  // namespace jobctl
