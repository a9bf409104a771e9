// The jobs as they are now: the registry's rows, corrected by the units that systemd has loaded and by the
// records of those that have gone.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "commands/context.hpp"
#include "job/query.hpp"

namespace jobctl {

// Oldest first. One question to systemd and one to the registry, however many jobs there are.
std::vector<Job> current_jobs(Context& context, const RowFilter& filter);

// The same from the records and the kernel alone, for when systemd has no time to answer: a job may fork
// without end. nullopt where they leave a doubt.
std::optional<std::vector<Job>> certain_jobs(Context& context, const RowFilter& filter);

// The jobs that a query means: among those that it names, or for one of filters among `rows` (all of them).
std::vector<Job> find_jobs(Context& context, const Query& query, RowFilter rows = {});

// Exactly one job; throws Error{no_such_job} or Error{ambiguous} that lists what matched.
Job find_one_job(Context& context, const Query& query);

// The same from registry and record alone, without asking systemd: enough where the job's state doesn't
// matter.
Job find_one_recorded(Context& context, const Query& query);

}  // namespace jobctl
