#include "util/time_span.hpp"

#include <gtest/gtest.h>

namespace jobctl {
namespace {

using namespace std::chrono_literals;

TEST(TimeSpan, IsWrittenInUnitsThatPeopleUse) {
  EXPECT_EQ(time_span_text(0s), "0");
  EXPECT_EQ(time_span_text(10s), "10s");
  EXPECT_EQ(time_span_text(90min), "1h 30min");
  EXPECT_EQ(time_span_text(36h), "1d 12h");
  EXPECT_EQ(time_span_text(1500ms), "1s 500ms");
  EXPECT_EQ(time_span_text(1us), "1us");
}

TEST(TimeSpan, IsReadBackExactly) {
  for (const Duration duration : {Duration(0), Duration(1), Duration(86'399'999'999),
                                  Duration(86'400'000'000), Duration(3'600'000'001), Duration::max()})
    EXPECT_EQ(parse_duration(time_span_text(duration), "test"), duration) << time_span_text(duration);
}

}  // namespace
}  // namespace jobctl
