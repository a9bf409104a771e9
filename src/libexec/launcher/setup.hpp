// What a job's process is given before its program runs: directory, mask, limits, environment.
#pragma once

#include <string>
#include <vector>

#include "launch.hpp"
#include "util/fd.hpp"

namespace jobctl {

// Umask, resource limits and signal dispositions of this process, inherited by what it starts.
void apply_attributes(const JobSpec& spec);

// Of the process that becomes the program: its user and groups, then its directory, which that user must be
// allowed to enter. Async-signal-safe. nullptr, or the step that failed, with errno set.
struct Step {
  const char* name;
  int status;
};
const Step* become_user_in_directory(const JobSpec& spec);
StartFailure step_failure(const JobSpec& spec, const Step& step, int error);

// K=V strings for execve(2): the caller's environment as recorded, or the manager's under --clean-env, and
// the JOBCTL_* and PORT variables.
std::vector<std::string> job_environment(const Launch& launch);

// Opens the job's log for appending. Throws StartFailure.
Fd open_log(const JobSpec& spec);

// Why a program could not be executed, for its errno. `is_there`: execute() found a file of that name.
StartFailure exec_failure(const Argv& argv, int error, bool is_there);
bool is_there(const Argv& argv);

// execvp(3) with an environment of its own, searching the PATH in it. Returns errno.
int execute(const Argv& argv, const std::vector<std::string>& environment);

}  // namespace jobctl
