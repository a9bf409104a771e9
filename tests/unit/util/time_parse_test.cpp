#include <cstdlib>
#include <ctime>

#include <gtest/gtest.h>

#include "util/error.hpp"
#include "util/time.hpp"

namespace jobctl {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class ParseTime : public testing::Test {
 protected:
  ParseTime() { set_zone("UTC0"); }
  ~ParseTime() override {
    unsetenv("TZ");
    tzset();
  }
  static void set_zone(const char* zone) {
    setenv("TZ", zone, 1);
    tzset();
  }
  static Time parsed(std::string_view text) { return parse_time(text, "--since"); }
  static std::string utc(std::string_view text) { return to_rfc3339(parsed(text)); }

  // `text` means `expected` before now, give or take the time that the test takes.
  static void expect_ago(std::string_view text, Duration expected) {
    const Time before = now();
    const Time time = parsed(text);
    EXPECT_GE(time, before - expected) << text;
    EXPECT_LE(time, now() - expected) << text;
  }
};

TEST_F(ParseTime, DatesAndClocks) {
  EXPECT_EQ(utc("2026-11-18 09:12:03"), "2026-11-18T09:12:03.000000Z");
  EXPECT_EQ(utc("2026-11-18 09:12"), "2026-11-18T09:12:00.000000Z");
  EXPECT_EQ(utc("2026-11-18"), "2026-11-18T00:00:00.000000Z");
  EXPECT_EQ(utc("2026-11-18 09:12:03.25"), "2026-11-18T09:12:03.250000Z");
  EXPECT_EQ(utc("1969-12-31 23:59:59"), "1969-12-31T23:59:59.000000Z");
  EXPECT_EQ(utc("2024-02-29"), "2024-02-29T00:00:00.000000Z");
  EXPECT_EQ(utc("Wed 2026-11-18 09:12"), "2026-11-18T09:12:00.000000Z");
}

TEST_F(ParseTime, DatesAreLocal) {
  set_zone("XYZ-2");
  EXPECT_EQ(utc("2026-11-18 09:12:03"), "2026-11-18T07:12:03.000000Z");
  EXPECT_EQ(to_local(parsed("2026-11-18 09:12:03")), "2026-11-18 09:12:03");
}

TEST_F(ParseTime, FindsDaylightSavingTime) {
  set_zone("CET-1CEST,M3.5.0,M10.5.0/3");
  EXPECT_EQ(utc("2026-01-15 12:00"), "2026-01-15T11:00:00.000000Z");
  EXPECT_EQ(utc("2026-07-15 12:00"), "2026-07-15T10:00:00.000000Z");
}

TEST_F(ParseTime, Rfc3339) {
  set_zone("XYZ-2");
  EXPECT_EQ(utc("2026-11-18T09:12:03.123456Z"), "2026-11-18T09:12:03.123456Z");
  EXPECT_EQ(utc("2026-11-18t09:12:03z"), "2026-11-18T09:12:03.000000Z");
  EXPECT_EQ(utc("Wed 2026-11-18 09:12:03 UTC"), "2026-11-18T09:12:03.000000Z");
  EXPECT_EQ(utc("2026-11-18T09:12:03+01:30"), "2026-11-18T07:42:03.000000Z");
  EXPECT_EQ(utc("2026-11-18T09:12:03-01:30"), "2026-11-18T10:42:03.000000Z");
  EXPECT_EQ(utc("2026-11-18T09:12:03.123456789Z"), "2026-11-18T09:12:03.123456Z");
  EXPECT_EQ(utc("2016-12-31T23:59:60Z"), "2017-01-01T00:00:00.000000Z");
}

TEST_F(ParseTime, RoundTripsWhatIsPrinted) {
  const Time time = now();
  EXPECT_EQ(parsed(to_rfc3339(time)), time);
}

TEST_F(ParseTime, Words) {
  const Time before = now();
  const Time word = parsed("now");
  EXPECT_GE(word, before);
  EXPECT_LE(word, now());
  EXPECT_LE(parsed("today"), now());
  EXPECT_EQ(to_local(parsed("today")).substr(10), " 00:00:00");
  EXPECT_GT(parsed("tomorrow"), now());
  EXPECT_EQ(parsed("tomorrow 8:00"), parsed("tomorrow") + hours(8));
  EXPECT_EQ(parsed("yesterday 23:59:58"), parsed("today") - seconds(2));
}

TEST_F(ParseTime, YesterdayIsTheMidnightBefore) {
  for (;;) {  // again where midnight passes meanwhile
    const Time today = parsed("today");
    const Time yesterday = parsed("yesterday");
    if (parsed("today") != today) continue;
    EXPECT_EQ(today - yesterday, days(1));
    break;
  }
}

TEST_F(ParseTime, AClockIsTodays) {
  for (;;) {
    const Time today = parsed("today");
    const Time clock = parsed("09:12");
    const Time with_seconds = parsed("09:12:03");
    if (parsed("today") != today) continue;
    EXPECT_EQ(clock - today, hours(9) + minutes(12));
    EXPECT_EQ(with_seconds - clock, seconds(3));
    break;
  }
}

TEST_F(ParseTime, RelativeToNow) {
  expect_ago("-2h", hours(2));
  expect_ago("2h ago", hours(2));
  expect_ago("1h 30min ago", minutes(90));
  expect_ago("-90", seconds(90));
  expect_ago("+2h", -hours(2));
}

TEST_F(ParseTime, SecondsSinceTheEpoch) {
  EXPECT_EQ(parsed("@0"), Time());
  EXPECT_EQ(parsed("@1700000000"), Time(seconds(1'700'000'000)));
  EXPECT_EQ(parsed("@1700000000.5"), Time(microseconds(1'700'000'000'500'000)));
}

TEST_F(ParseTime, SpacesAroundItDoNotMatter) {
  EXPECT_EQ(utc(" 2026-11-18 "), "2026-11-18T00:00:00.000000Z");
}

TEST_F(ParseTime, RefusesEverythingElse) {
  const char* cases[] = {"",
                         " ",
                         "noon",
                         "2026",
                         "2026-13-01",
                         "2026-00-01",
                         "2026-02-30",
                         "2025-02-29",
                         "2026-11-18 24:00",
                         "2026-11-18 09:60",
                         "2026-11-18 09:12:61",
                         "2026-11-18 24:12",
                         "2026-11-18 :12",
                         "tomorrow 8",
                         "tomorrow  08:00",
                         "tomorrow08:00",
                         "now 08:00",
                         "2026-11-18 09",
                         "2026-11-18 09:12:03.",
                         "2026-11-18T09:12:03+0100",
                         "2026-11-18T09:12:03+25:00",
                         "2026-11-18T09:12:03Zulu",
                         "2026-11-18 09:12 tomorrow",
                         "2026-11-18 09:12 UTC+1",
                         "Thu 2026-11-18 09:12",
                         "Wed",
                         "Wed 09:12",
                         "09:12x",
                         "-",
                         "--2h",
                         "-infinity",
                         "+infinity",
                         "@infinity",
                         "@",
                         "@-5",
                         "ago",
                         " ago",
                         "2h before",
                         "-300000000y",
                         "+292270y",
                         "-100y",
                         "99999999999999999999-01-01",
                         "-2026-11-18"};
  for (const char* text : cases) EXPECT_THROW(parsed(text), Error) << text;
}

TEST_F(ParseTime, SaysWhatIsWrong) {
  try {
    parsed("no\x1b[31mon");
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(
        error.what(),
        "--since: \"no?[31mon\" is not a point in time (for example 2026-11-18 09:12, tomorrow 08:00, -2h)");
    EXPECT_EQ(error.code, Errc::usage);
  }
}

}  // namespace
}  // namespace jobctl
