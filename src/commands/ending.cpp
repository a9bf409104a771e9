#include "commands/ending.hpp"

#include <algorithm>

#include "commands/jobs.hpp"
#include "commands/records.hpp"
#include "util/error.hpp"

namespace jobctl {

namespace {

// A manager that was restarted tells nobody of the units that went with it.
constexpr Duration look_again = std::chrono::seconds(5);
constexpr Duration look_again_soon = std::chrono::milliseconds(20);

// The job as it was at the end of an earlier run: it was restarted before anybody looked.
Job at_run(Context& context, Job job, int run) {
  for (const Run& earlier : to_runs(open_record(context, job).read()))
    if (earlier.number == run) job.current = earlier;
  job.run = run;
  job.state = job.current.state;
  return job;
}

}  // namespace

EndingWatch::EndingWatch(Context& context, std::vector<Job> jobs)
    : context_(context), jobs_(std::move(jobs)) {
  // Asked for before the first look, so that nothing can happen in between unnoticed.
  context_.units().watch_units();
}

std::vector<Job> EndingWatch::take_ended() {
  RowFilter filter;
  for (const Job& job : jobs_) filter.names.push_back(job.spec.uuid);
  std::vector<Job> ended;
  if (jobs_.empty()) return ended;
  seen_news_ = context_.units().unit_news();
  const std::vector<Job> present = current_jobs(context_, filter);
  std::erase_if(jobs_, [&](Job& job) {
    const auto found = std::find_if(present.begin(), present.end(),
                                    [&](const Job& other) { return other.spec.uuid == job.spec.uuid; });
    // A record that was flushed meanwhile had ended before.
    if (found == present.end())
      ended.push_back(job);
    else if (first_of_series(found->current) > job.run)
      ended.push_back(at_run(context_, *found, job.run));
    else if (!is_active(found->state))
      ended.push_back(*found);
    else
      return go_on(job, *found), false;
    return true;
  });
  return ended;
}

bool EndingWatch::all_running() const {
  return std::all_of(jobs_.begin(), jobs_.end(), [](const Job& job) {
    return job.state == State::running || job.state == State::unhealthy;
  });
}

void EndingWatch::go_on(Job& job, const Job& present) {
  if (present.run > job.run) restarted_.push_back(present);
  job = present;
  // Its unit is active, its record not yet: nobody tells when it is.
  if (present.state == State::running && present.current.goes_on) look_at_ = monotonic() + look_again_soon;
}

bool EndingWatch::wait(int fd, std::optional<Duration> timeout) {
  // Told while the answer to a question was awaited.
  if (context_.units().unit_news() != seen_news_) return true;
  const Duration left = std::max(Duration::zero(), look_at_ - monotonic());
  const bool news = context_.units().wait(fd, timeout ? std::min(*timeout, left) : left).by_manager;
  if (!news && monotonic() < look_at_) return false;
  look_at_ = monotonic() + look_again;
  return true;
}

}  // namespace jobctl
