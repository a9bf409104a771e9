#include <array>
#include <string>

#include "job/job.hpp"

namespace jobctl {

namespace {

constexpr std::array<const char*, 9> state_names = {"queued", "starting", "running", "paused", "stopping",
                                                    "done",   "failed",   "killed",  "lost"};

}  // namespace

const char* to_string(State state) {
  return state_names[static_cast<size_t>(state)];
}

std::optional<State> parse_state(const std::string& text) {
  for (size_t i = 0; i < state_names.size(); ++i)
    if (text == state_names[i]) return static_cast<State>(i);
  return std::nullopt;
}

bool is_active(State state) {
  return state <= State::stopping;
}

std::string state_cell(State state, const Run& run) {
  std::string cell = to_string(state);
  if (!is_active(state) && !run.reason.empty()) cell += " (" + run.reason + ")";
  return cell;
}

std::optional<Duration> Job::runtime(Time now) const {
  if (!current.started_at) return std::nullopt;
  const Time end = current.ended_at ? *current.ended_at : now;
  return std::max(Duration::zero(), end - *current.started_at);
}

int passthrough_status(const Run& run) {
  // A program that was cut off may well exit with 0; whoever goes on after it must not.
  if (run.exit.success() && run.state != State::done) return 1;
  if (run.exit.code) return *run.exit.code;
  if (run.exit.signal) return 128 + *run.exit.signal;
  return 1;
}

}  // namespace jobctl
