#include "commands/top_look.hpp"

#include "commands/jobs.hpp"
#include "commands/reservation.hpp"
#include "commands/schedule.hpp"
#include "commands/usage.hpp"

namespace jobctl {

std::vector<TopRow> look_at_jobs(Context& context, const Query& query, Loads& loads) {
  RowFilter filter{.active = true, .brief = !query.has_filters()};
  if (!query.names.empty() && !query.any) filter = {.names = query.names, .brief = filter.brief};
  std::vector<Job> jobs = current_jobs(context, filter);
  if (!query.empty()) jobs = select(query, jobs, now());
  std::erase_if(jobs, [](const Job& job) { return !is_active(job.state); });
  note_listening(jobs);
  note_usage(jobs);
  note_next(context, jobs);
  const std::vector<Load> all = loads.look(jobs, monotonic(), now());
  std::vector<TopRow> rows;
  rows.reserve(jobs.size());
  for (size_t i = 0; i < jobs.size(); ++i) rows.push_back({std::move(jobs[i]), all[i]});
  return rows;
}

}  // namespace jobctl
