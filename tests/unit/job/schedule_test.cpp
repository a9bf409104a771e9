#include "job/schedule.hpp"

#include <gtest/gtest.h>

#include "util/error.hpp"

namespace jobctl {
namespace {

TEST(Schedule, ATimeOfDayIsTheNextOne) {
  const Time midnight = parse_time_to_come("00:00", "--at");
  EXPECT_EQ(midnight, parse_time("tomorrow", ""));
  const std::string soon = to_local(now() + std::chrono::minutes(2)).substr(11);
  EXPECT_GT(parse_time_to_come(soon, "--at"), now());
  EXPECT_LE(parse_time_to_come(soon, "--at"), now() + std::chrono::minutes(2));
}

TEST(Schedule, WhatHasPassedIsRefused) {
  for (const char* past : {"today", "yesterday 23:59", "-2h", "@0", "2020-02-29 12:00"}) {
    try {
      parse_time_to_come(past, "--at");
      ADD_FAILURE() << past;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("has passed"), std::string::npos) << error.what();
    }
  }
}

TEST(Schedule, ATimeIsWrittenAsSystemdReadsIt) {
  EXPECT_EQ(calendar_text(from_micros(1'700'000'000'123'456)), "2023-11-14 22:13:20.123456 UTC");
}

TEST(Schedule, IsSaidInWords) {
  EXPECT_EQ(schedule_in_words({.every = std::chrono::hours(1)}), "every 1 h");
  EXPECT_EQ(schedule_in_words({.calendar = "Mon 9:00"}), "Mon 9:00");
  EXPECT_EQ(schedule_in_words({.at = now()}), "once");
}

}  // namespace
}  // namespace jobctl
