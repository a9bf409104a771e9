#include "job/health.hpp"

#include <gtest/gtest.h>

namespace jobctl {
namespace {

TEST(Health, ActionsAreReadAndWritten) {
  for (const char* text : {"tell", "restart", "kill", "alert"}) {
    const auto action = parse_on_unhealthy(text);
    ASSERT_TRUE(action) << text;
    EXPECT_STREQ(to_string(*action), text);
  }
  for (const char* wrong : {"", "explode", "Kill", "notify"})
    EXPECT_FALSE(parse_on_unhealthy(wrong)) << wrong;
}

TEST(Health, ANoteIsTakenBackAsItWasWritten) {
  const HealthNote note{3, 2, from_micros(1'700'000'000'000'000), "http://h/: HTTP 503 now"};
  const auto read = parse_health_note(to_text(note));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->run, 3);
  EXPECT_EQ(read->failures, 2U);
  EXPECT_EQ(read->time, note.time);
  EXPECT_EQ(read->answer, note.answer);
  EXPECT_TRUE(parse_health_note(to_text({1, 0, from_micros(1), ""})));
}

TEST(Health, ACutNoteIsNone) {
  for (const char* wrong : {"", "3", "3 2", "3 2 17", "3 x 17 good", "3 -2 17 good"})
    EXPECT_FALSE(parse_health_note(wrong)) << wrong;
}

}  // namespace
}  // namespace jobctl
