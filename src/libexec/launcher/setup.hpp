// What a job's process is given before its program runs: directory, mask, limits, environment.
#pragma once

#include <string>
#include <vector>

#include "launch.hpp"
#include "libexec/common/job_process.hpp"
#include "util/fd.hpp"

namespace jobctl {

// Umask, resource limits and signal dispositions of this process, inherited by what it starts.
void apply_attributes(const JobSpec& spec);

// Why that step failed.
StartFailure step_failure(const JobSpec& spec, const Step& step, int error);

// Opens the job's log for appending. Throws StartFailure.
Fd open_log(const JobSpec& spec);

// Why a program could not be executed, for its errno. `is_there`: execute() found a file of that name.
StartFailure exec_failure(const Argv& argv, int error, bool is_there);
bool is_there(const Argv& argv);

}  // namespace jobctl
