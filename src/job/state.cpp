#include <array>
#include <string>

#include "job/job.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

constexpr std::array<const char*, 10> state_names = {"queued",   "starting", "running", "unhealthy", "paused",
                                                     "stopping", "done",     "failed",  "killed",    "lost"};

}  // namespace

const char* to_string(State state) {
  return state_names[static_cast<size_t>(state)];
}

std::optional<State> parse_state(const std::string& text) {
  for (size_t i = 0; i < state_names.size(); ++i)
    if (text == state_names[i]) return static_cast<State>(i);
  return std::nullopt;
}

State running_state(const Job& job) {
  return job.paused ? State::paused : job.unhealthy ? State::unhealthy : State::running;
}

Job at_run(Job job, const Run& run) {
  job.current = run;
  job.run = run.number;
  job.state = run.state == State::running ? running_state(job) : run.state;
  return job;
}

bool is_active(State state) {
  return state <= State::stopping;
}

std::string state_cell(State state, const Run& run) {
  std::vector<std::string> details;
  if (state == State::starting && run.goes_on)
    details.push_back("restart " + std::to_string(run.restarts + 1));
  else if (state == State::starting && run.started_at)
    details.emplace_back("not ready");
  else if ((!is_active(state) || state == State::queued) && !run.reason.empty())
    details.push_back(run.reason);
  if ((state == State::failed || state == State::done) && run.restarts > 0)
    details.push_back(std::to_string(run.restarts) + (run.restarts == 1 ? " restart" : " restarts"));
  return to_string(state) + (details.empty() ? "" : " (" + join(details, ", ") + ")");
}

std::optional<Duration> Job::runtime(Time now) const {
  if (!current.started_at) return std::nullopt;
  const Time end = current.ended_at ? *current.ended_at : now;
  return std::max(Duration::zero(), end - *current.started_at);
}

int passthrough_status(const Run& run) {
  if (run.state == State::done) return 0;
  // A program that was cut off may well exit with 0; whoever goes on after it must not.
  if (run.exit.code == 0) return 1;
  if (run.exit.code) return *run.exit.code;
  if (run.exit.signal) return 128 + *run.exit.signal;
  return 1;
}

}  // namespace jobctl
