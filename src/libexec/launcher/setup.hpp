// What a job's process is given before its program runs: directory, mask, limits, environment.
#pragma once

#include <string>
#include <vector>

#include "launch.hpp"
#include "util/fd.hpp"

namespace jobctl {

// Directory, umask, resource limits and signal dispositions of this process, inherited by what it starts.
// Throws StartFailure.
void apply_attributes(const JobSpec& spec);

// K=V strings for execve(2): the caller's environment as recorded, or the manager's under --clean-env, and
// the JOBCTL_* variables.
std::vector<std::string> job_environment(const JobSpec& spec, int run);

// Opens the job's log for appending. Throws StartFailure.
Fd open_log(const JobSpec& spec);

// Why a program could not be executed, for its errno.
StartFailure exec_failure(const Argv& argv, int error);

// execvp(3) with an environment of its own, searching the PATH in it. Returns errno.
int execute(const Argv& argv, const std::vector<std::string>& environment);

}  // namespace jobctl
