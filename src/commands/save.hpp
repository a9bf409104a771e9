// start --save: a start that is kept as a job file.
#pragma once

#include "commands/new_job.hpp"
#include "job/job.hpp"

namespace jobctl {

// Throws Error{usage}.
void refuse_what_no_file_keeps(const StartOptions& options, const JobSpec& spec);

// Writes the file and starts the job by it; the file stays only where that could be done. Throws
// Error{refused} where there is one of this name.
Job start_saved(Context& context, const StartOptions& options, const JobSpec& spec);

}  // namespace jobctl
