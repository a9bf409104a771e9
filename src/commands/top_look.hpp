// One look of `jobctl top` at the jobs.
#pragma once

#include <vector>

#include "commands/context.hpp"
#include "job/load.hpp"
#include "job/query.hpp"
#include "output/top_table.hpp"

namespace jobctl {

// The active jobs that the query means, all of them where it is empty, with what they use. Throws Error as
// select() does.
std::vector<TopRow> look_at_jobs(Context& context, const Query& query, Loads& loads);

}  // namespace jobctl
