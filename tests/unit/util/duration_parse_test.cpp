#include <gtest/gtest.h>

#include "util/error.hpp"
#include "util/time.hpp"

namespace jobctl {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

Duration parsed(std::string_view text) {
  return parse_duration(text, "--timeout").value();
}

TEST(ParseDuration, BareNumbersAreSeconds) {
  EXPECT_EQ(parsed("0"), seconds(0));
  EXPECT_EQ(parsed("90"), seconds(90));
  EXPECT_EQ(parsed(" 5 "), seconds(5));
}

TEST(ParseDuration, KnowsTheUnitsOfSystemdTime) {
  const std::pair<const char*, Duration> cases[] = {
      {"3us", microseconds(3)},
      {"3usec", microseconds(3)},
      {"3\xc2\xb5s", microseconds(3)},
      {"3ms", milliseconds(3)},
      {"3msec", milliseconds(3)},
      {"3s", seconds(3)},
      {"3sec", seconds(3)},
      {"1second", seconds(1)},
      {"3seconds", seconds(3)},
      {"3m", minutes(3)},
      {"3min", minutes(3)},
      {"1minute", minutes(1)},
      {"3minutes", minutes(3)},
      {"3h", hours(3)},
      {"3hr", hours(3)},
      {"1hour", hours(1)},
      {"3hours", hours(3)},
      {"3d", hours(72)},
      {"1day", hours(24)},
      {"3days", hours(72)},
      {"2w", hours(336)},
      {"1week", hours(168)},
      {"2weeks", hours(336)},
      {"1M", seconds(2'629'800)},
      {"1month", seconds(2629800)},
      {"2months", seconds(5259600)},
      {"1y", seconds(31'557'600)},
      {"1year", seconds(31557600)},
      {"2years", seconds(63115200)},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(parsed(text), expected) << text;
}

TEST(ParseDuration, AddsUp) {
  EXPECT_EQ(parsed("5min 20s"), seconds(320));
  EXPECT_EQ(parsed("1h30min"), minutes(90));
  EXPECT_EQ(parsed(" 1 h  30 min "), minutes(90));
  EXPECT_EQ(parsed("2min 30"), seconds(150));
  EXPECT_EQ(parsed("1s 1s"), seconds(2));
}

TEST(ParseDuration, Decimals) {
  EXPECT_EQ(parsed("1.5h"), minutes(90));
  EXPECT_EQ(parsed("0.25"), milliseconds(250));
  EXPECT_EQ(parsed(".5s"), milliseconds(500));
  EXPECT_EQ(parsed("2.s"), seconds(2));
  EXPECT_EQ(parsed("1.0000009s"), seconds(1));
}

TEST(ParseDuration, Infinity) {
  EXPECT_EQ(parse_duration("infinity", "--timeout"), std::nullopt);
  EXPECT_EQ(parse_duration(" infinity ", "--timeout"), std::nullopt);
}

TEST(ParseDuration, TheGreatestThatFits) {
  EXPECT_EQ(parsed("9223372036854775807us"), Duration::max());
  EXPECT_EQ(parsed("9223372036854775806us 1us"), Duration::max());
}

TEST(ParseDuration, RefusesEverythingElse) {
  const char* cases[] = {"",     " ",           "-5",     "-0",    "+5",        "five",     "5 parsecs",
                         "5S",   "5MIN",        "s",      ".",     ".s",        "1..5",     "1.2.3",
                         "1,5s", "0x10",        "1e3",    "5min-", "infinity5", "Infinity", "inf",
                         "nan",  "1h infinity", "5s\x01", "5\xff", "1d;",       "٣s",       "1h -30min"};
  for (const char* text : cases) EXPECT_THROW(parse_duration(text, "--timeout"), Error) << text;
}

TEST(ParseDuration, RefusesEmbeddedNul) {
  EXPECT_THROW(parse_duration(std::string_view("5\0s", 3), "--timeout"), Error);
}

TEST(ParseDuration, RefusesOverflow) {
  const char* cases[] = {"9223372036854775808us",
                         "9223372036854775807us 1us",
                         "9223372036855",
                         "300000y",
                         "99999999999999999999999999",
                         "292471y 292471y"};
  for (const char* text : cases) EXPECT_THROW(parse_duration(text, "--timeout"), Error) << text;
}

TEST(ParseDuration, SaysWhatIsWrong) {
  try {
    parse_duration("fi\nve", "--stop-timeout");
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "--stop-timeout: \"fi?ve\" is not a time span (for example 90, 5min, 1h 30min)");
    EXPECT_EQ(error.code, Errc::usage);
  }
}

}  // namespace
}  // namespace jobctl
