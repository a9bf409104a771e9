#include <csignal>

#include <gtest/gtest.h>

#include "job/job.hpp"

namespace jobctl {
namespace {

TEST(Signal, IsNamedAsInTheManual) {
  EXPECT_EQ(signal_name(SIGTERM), "SIGTERM");
  EXPECT_EQ(signal_name(SIGRTMIN), "SIGRTMIN+0");
  EXPECT_EQ(signal_name(SIGRTMIN + 3), "SIGRTMIN+3");
  EXPECT_EQ(signal_name(0), "signal 0");
  EXPECT_EQ(signal_name(1000), "signal 1000");
}

TEST(Signal, IsReadInEveryUsualSpelling) {
  for (const char* text : {"TERM", "SIGTERM", "sigterm", "term", "15"})
    EXPECT_EQ(parse_signal(text), SIGTERM) << text;
  EXPECT_EQ(parse_signal("RTMIN+1"), SIGRTMIN + 1);
  EXPECT_EQ(parse_signal("SIGRTMIN"), SIGRTMIN);
  EXPECT_EQ(parse_signal("RTMAX"), SIGRTMAX);
}

TEST(Signal, IsReadBackFromItsName) {
  for (int number = 1; number <= SIGRTMAX; ++number) {
    if (sigabbrev_np(number) == nullptr && number < SIGRTMIN) continue;  // libc's own, 32 and 33
    EXPECT_EQ(parse_signal(signal_name(number)), number);
    EXPECT_EQ(parse_signal(signal_name(number).substr(3)), number);  // as $EXIT_STATUS says it
  }
}

TEST(Signal, IsRefusedWhereThereIsNone) {
  for (const char* text :
       {"", "0", "-1", "65", "99", "999999999999", "FOO", "SIG", "SIGSIGTERM", "15 ", "RTMIN+99"})
    EXPECT_FALSE(parse_signal(text)) << text;
}

}  // namespace
}  // namespace jobctl
