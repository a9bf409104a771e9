// Looking after a job that runs. systemd's timer does the waiting, so that between two checks nobody is
// there.
#pragma once

#include <string>

#include "job/job.hpp"
#include "registry/record_file.hpp"

namespace jobctl {

// Starts the timer of a run's checks. Throws Error.
void begin_checks(const RecordFile& file, const JobSpec& spec, const Run& run);

// One check of a run: notes the answer and, where it makes the job unhealthy or healthy again, records it and
// does what the policy says. Ends the checks when the run is over.
void check_health(const std::string& record_path, int run, const std::string& timer);

}  // namespace jobctl
