#include "job/restart_policy.hpp"

#include <gtest/gtest.h>

#include "util/error.hpp"

namespace jobctl {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

RestartPolicy policy_of(const std::string& text) {
  RestartPolicy policy;
  set_restart(policy, text, "--restart");
  return policy;
}

TEST(RestartPolicy, IsReadAndWritten) {
  for (const char* text : {"no", "on-failure", "always", "on-failure:3", "always:1000000"})
    EXPECT_EQ(restart_text(policy_of(text)), text);
  EXPECT_EQ(policy_of("on-failure:3").limit, 3U);
  EXPECT_EQ(policy_of("always").limit, std::nullopt);
}

TEST(RestartPolicy, WhatIsNoneIsRefused) {
  for (const char* wrong : {"", "yes", "on-success", "always:", "always:0", "always:-1", "always:x", "no:3",
                            "on-failure:1000001", "on-failure:3:4", "On-Failure"})
    EXPECT_THROW(policy_of(wrong), Error) << wrong;
}

TEST(RestartPolicy, TheDelayDoublesUntilItIsLongEnough) {
  RestartPolicy policy = policy_of("always");
  EXPECT_EQ(restart_delay(policy, 0), seconds(1));
  EXPECT_EQ(restart_delay(policy, 3), seconds(8));
  EXPECT_EQ(restart_delay(policy, 9), minutes(5));
  EXPECT_EQ(restart_delay(policy, 1'000'000), minutes(5));
  policy.delay = milliseconds(100);
  policy.max_delay = milliseconds(350);
  EXPECT_EQ(restart_delay(policy, 1), milliseconds(200));
  EXPECT_EQ(restart_delay(policy, 2), milliseconds(350));
  EXPECT_EQ(restart_steps(policy), 2U);
}

TEST(RestartPolicy, ADelayThatCannotGrowHasNoSteps) {
  RestartPolicy policy = policy_of("always");
  policy.delay = hours(1);
  EXPECT_EQ(restart_delay(policy, 5), hours(1));
  EXPECT_EQ(restart_steps(policy), 0U);
  policy.delay = Duration::zero();
  EXPECT_EQ(restart_delay(policy, 1'000'000), Duration::zero());
  EXPECT_EQ(restart_steps(policy), 0U);
}

TEST(RestartPolicy, ALimitCountsForEverAndACrashLoopWhileItIsQuick) {
  EXPECT_EQ(start_limit(policy_of("always:3")).burst, 4U);
  EXPECT_EQ(start_limit(policy_of("always:3")).interval, std::nullopt);
  const StartLimit loop = start_limit(policy_of("always"));
  EXPECT_EQ(loop.burst, 11U);
  // 1 + 2 + … + 256 + 300 s of delays, and 10 s for each run.
  EXPECT_EQ(loop.interval, seconds(511 + 300 + 110));
}

TEST(RestartPolicy, AStartIsRefusedAsSystemdCounts) {
  const auto at = [](int second) { return from_micros(1'700'000'000'000'000) + seconds(second); };
  const StartLimit limit{2, seconds(10)};
  EXPECT_FALSE(is_beyond(limit, {}, at(0)));
  EXPECT_FALSE(is_beyond(limit, {at(0)}, at(1)));
  EXPECT_TRUE(is_beyond(limit, {at(0), at(1)}, at(10)));
  EXPECT_FALSE(is_beyond(limit, {at(0), at(1)}, at(11)));
  // The next interval begins with the first start after the one before.
  EXPECT_FALSE(is_beyond(limit, {at(0), at(9), at(11)}, at(12)));
  EXPECT_TRUE(is_beyond(limit, {at(0), at(9), at(11), at(12)}, at(13)));
  EXPECT_TRUE(is_beyond({2, {}}, {at(0), at(1)}, at(1'000'000)));
}

}  // namespace
}  // namespace jobctl
