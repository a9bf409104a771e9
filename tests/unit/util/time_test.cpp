#include "util/time.hpp"

#include <cstdlib>
#include <ctime>
#include <limits>

#include <gtest/gtest.h>

namespace jobctl {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

struct Zone {
  explicit Zone(const char* name) {
    setenv("TZ", name, 1);
    tzset();
  }
  ~Zone() {
    unsetenv("TZ");
    tzset();
  }
};

TEST(Time, NowIsTheRealTimeClock) {
  const time_t before = time(nullptr);
  const Time read = now();
  const time_t after = time(nullptr);
  EXPECT_GE(read, Time(seconds(before)));
  EXPECT_LE(read, Time(seconds(after + 2)));  // time(2) may lag by a tick of the kernel's
}

TEST(Time, MicrosRoundTrip) {
  for (const int64_t micros : {int64_t{0}, int64_t{-1}, int64_t{1'700'000'000'123'456}})
    EXPECT_EQ(to_micros(from_micros(micros)), micros);
}

TEST(Time, Rfc3339) {
  EXPECT_EQ(to_rfc3339(from_micros(0)), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(to_rfc3339(from_micros(1'700'000'000'123'456)), "2023-11-14T22:13:20.123456Z");
  EXPECT_EQ(to_rfc3339(from_micros(951'782'400'000'001)), "2000-02-29T00:00:00.000001Z");
  EXPECT_EQ(to_rfc3339(from_micros(-1)), "1969-12-31T23:59:59.999999Z");
}

TEST(Time, Rfc3339KeepsFourDigitYears) {
  EXPECT_EQ(to_rfc3339(Time::max()), "9999-12-31T23:59:59.999999Z");
  EXPECT_EQ(to_rfc3339(Time::min()), "0000-01-01T00:00:00.000000Z");
}

TEST(Time, LocalTimeFollowsTheZone) {
  const Zone zone("XYZ-2");  // POSIX: two hours east of Greenwich
  EXPECT_EQ(to_local(from_micros(1'700'000'000'999'999)), "2023-11-15 00:13:20");
  EXPECT_EQ(to_local(from_micros(-1)), "1970-01-01 01:59:59");
}

TEST(Time, LocalTimeOfABrokenClockIsStillATime) {
  const Zone zone("UTC0");
  EXPECT_EQ(to_local(Time::max()), "9999-12-31 23:59:59");
  EXPECT_EQ(to_local(Time::min()), "0000-01-01 00:00:00");
}

TEST(Time, HmsHasUnboundedHours) {
  EXPECT_EQ(to_hms(seconds(0)), "00:00:00");
  EXPECT_EQ(to_hms(milliseconds(59'999)), "00:00:59");
  EXPECT_EQ(to_hms(hours(5) + minutes(24) + seconds(56)), "05:24:56");
  EXPECT_EQ(to_hms(hours(69) + minutes(26) + seconds(28)), "69:26:28");
  EXPECT_EQ(to_hms(hours(1234)), "1234:00:00");
}

TEST(Time, HmsOfANegativeDurationIsZero) {
  EXPECT_EQ(to_hms(seconds(-5)), "00:00:00");
  EXPECT_EQ(to_hms(Duration::min()), "00:00:00");
}

TEST(Time, WordsNameTheTwoGreatestUnits) {
  EXPECT_EQ(to_words(days(2) + hours(21) + minutes(59)), "2 d 21 h");
  EXPECT_EQ(to_words(hours(3) + minutes(5) + seconds(9)), "3 h 5 min");
  EXPECT_EQ(to_words(minutes(5) + seconds(20) + milliseconds(900)), "5 min 20 s");
}

TEST(Time, WordsLeaveOutAnEmptySecondUnit) {
  EXPECT_EQ(to_words(days(2) + minutes(59)), "2 d");
  EXPECT_EQ(to_words(hours(2)), "2 h");
  EXPECT_EQ(to_words(minutes(1)), "1 min");
  EXPECT_EQ(to_words(seconds(10)), "10 s");
}

TEST(Time, WordsForLessThanAMinute) {
  EXPECT_EQ(to_words(milliseconds(4100)), "4.1 s");
  EXPECT_EQ(to_words(milliseconds(59'999)), "59.9 s");
  EXPECT_EQ(to_words(milliseconds(250)), "250 ms");
  EXPECT_EQ(to_words(microseconds(7)), "7 us");
  EXPECT_EQ(to_words(seconds(0)), "0 s");
  EXPECT_EQ(to_words(seconds(-3)), "0 s");
}

}  // namespace
}  // namespace jobctl
