#include <gtest/gtest.h>

#include "job/job.hpp"

namespace jobctl {
namespace {

constexpr State all[] = {State::queued, State::starting, State::running, State::paused, State::stopping,
                         State::done,   State::failed,   State::killed,  State::lost};

TEST(State, HasAWordForEachThatIsReadBack) {
  for (const State state : all) EXPECT_EQ(parse_state(to_string(state)), state);
  EXPECT_STREQ(to_string(State::lost), "lost");
  EXPECT_FALSE(parse_state("Running"));
  EXPECT_FALSE(parse_state(""));
}

TEST(State, IsActiveUntilTheEnd) {
  for (const State state : all) EXPECT_EQ(is_active(state), state < State::done) << to_string(state);
}

TEST(State, ShowsTheReasonOfWhatHasEnded) {
  jobctl::Run run;
  run.reason = "3";
  EXPECT_EQ(state_cell(State::failed, run), "failed (3)");
  EXPECT_EQ(state_cell(State::lost, run), "lost (3)");
  EXPECT_EQ(state_cell(State::running, run), "running");
  run.reason = "shutdown";
  EXPECT_EQ(state_cell(State::killed, run), "killed (shutdown)");
  run.reason.clear();
  EXPECT_EQ(state_cell(State::failed, run), "failed");
}

TEST(State, MeasuresTheRuntimeUntilTheEndOrNow) {
  Job job;
  const Time begin = from_micros(1000000);
  EXPECT_FALSE(job.runtime(begin));
  job.current.started_at = begin;
  EXPECT_EQ(job.runtime(begin + std::chrono::seconds(5)), std::chrono::seconds(5));
  EXPECT_EQ(job.runtime(begin - std::chrono::seconds(5)), Duration::zero());  // the clock was set back
  job.current.ended_at = begin + std::chrono::seconds(2);
  EXPECT_EQ(job.runtime(begin + std::chrono::seconds(5)), std::chrono::seconds(2));
}

TEST(State, PassesTheStatusOn) {
  jobctl::Run run;
  EXPECT_EQ(passthrough_status(run), 1);
  run.exit.signal = 15;
  EXPECT_EQ(passthrough_status(run), 143);
  run.exit = {};
  run.exit.code = 0;
  for (const State state : all) {
    run.state = state;
    EXPECT_EQ(passthrough_status(run), state == State::done ? 0 : 1) << to_string(state);
  }
  run.exit.code = 7;
  EXPECT_EQ(passthrough_status(run), 7);
}

}  // namespace
}  // namespace jobctl
