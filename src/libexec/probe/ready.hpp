// Waiting for a job to be ready.
#pragma once

#include <optional>

#include "job/job.hpp"
#include "registry/record_file.hpp"

namespace jobctl {

// systemd begins with ExecStartPost= when the launcher runs; the program runs when the launcher has said so.
// The run that this invocation of the unit is; nullopt where its main process has ended instead.
std::optional<Run> wait_for_program(const RecordFile& file);

// Until the probe succeeds: true. False, with the reason in the record, when it doesn't in time or the job
// has ended.
bool wait_until_ready(const RecordFile& file, const JobSpec& spec, const Run& run);

}  // namespace jobctl
