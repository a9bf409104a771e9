#include "output/words.hpp"

#include <cstdlib>
#include <ctime>
#include <limits>

#include <gtest/gtest.h>

namespace jobctl {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(BytesInWords, UseThePowersOf1024) {
  EXPECT_EQ(bytes_in_words(0), "0 B");
  EXPECT_EQ(bytes_in_words(1023), "1023 B");
  EXPECT_EQ(bytes_in_words(1024), "1 KiB");
  EXPECT_EQ(bytes_in_words(8ULL << 30), "8 GiB");
  EXPECT_EQ(bytes_in_words((1ULL << 30) * 12 / 10), "1.1 GiB");
  EXPECT_EQ(bytes_in_words((1ULL << 30) * 5 / 4), "1.2 GiB");
}

TEST(BytesInWords, TellAlmostFromExactly) {
  EXPECT_EQ(bytes_in_words((4ULL << 30) + 1), "4.0 GiB");
  EXPECT_EQ(bytes_in_words((1ULL << 20) - 1), "1023 KiB");
  EXPECT_EQ(bytes_in_words((200ULL << 20) + 1), "200 MiB");
}

TEST(BytesInWords, TakeTheGreatestNumber) {
  EXPECT_EQ(bytes_in_words(std::numeric_limits<uint64_t>::max()), "15.9 EiB");
}

TEST(ShortBytes, AreForColumns) {
  EXPECT_EQ(short_bytes(0), "0B");
  EXPECT_EQ(short_bytes(1536), "1.5K");
  EXPECT_EQ(short_bytes(8ULL << 30), "8G");
  EXPECT_EQ(short_bytes((200ULL << 20) + 1), "200M");
  EXPECT_EQ(short_bytes(std::numeric_limits<uint64_t>::max()), "15.9E");
}

TEST(ShortPercent, HasADecimalBelow100) {
  EXPECT_EQ(short_percent(0), "0.0");
  EXPECT_EQ(short_percent(99.94), "99.9");
  EXPECT_EQ(short_percent(99.96), "100");
  EXPECT_EQ(short_percent(1234.5), "1234");
}

TEST(UsageInWords, TellsWhatThereIs) {
  Usage usage{.cpu_us = 5'000'000,
              .memory = 3 << 20,
              .memory_peak = {},
              .memory_limit = {},
              .io_read = 0,
              .io_written = {},
              .tasks = 1,
              .net_received = 0,
              .net_sent = 0,
              .gpu_memory = {}};
  EXPECT_EQ(usage_in_words(usage, seconds(10)),
            (std::vector<std::string>{"CPU 50 % (5 s)", "memory 3 MiB", "1 task"}));
  EXPECT_EQ(usage_in_words(usage, std::nullopt).at(0), "CPU 0 % (5 s)");
  usage.memory_peak = 4 << 20;
  usage.memory_limit = 8 << 20;
  usage.tasks = 7;
  usage.io_read = 1024;
  usage.io_written = 2048;
  usage.net_received = 1;
  usage.net_sent = 2;
  EXPECT_EQ(usage_in_words(usage, seconds(10)),
            (std::vector<std::string>{"CPU 50 % (5 s)", "memory 3 MiB (peak 4 MiB of 8 MiB)", "7 tasks",
                                      "1 KiB read", "2 KiB written", "1 B received", "2 B sent"}));
  usage.memory_origin = UsageOrigin::processes;
  EXPECT_EQ(usage_in_words(usage, seconds(10)).at(1),
            "memory 3 MiB (resident, shared pages counted more than once)");
  usage.memory.reset();
  EXPECT_EQ(usage_in_words(usage, seconds(10)).at(1), "7 tasks");
}

TEST(AgeInWords, NamesTheGreatestUnit) {
  const Time now = from_micros(1'700'000'000'000'000);
  EXPECT_EQ(age_in_words(now, now), "just now");
  EXPECT_EQ(age_in_words(now - milliseconds(999), now), "just now");
  EXPECT_EQ(age_in_words(now - milliseconds(4100), now), "4 s ago");
  EXPECT_EQ(age_in_words(now - minutes(5) - seconds(20), now), "5 min ago");
  EXPECT_EQ(age_in_words(now - days(2) - hours(21), now), "2 d ago");
  EXPECT_EQ(age_in_words(now + hours(2), now), "in 2 h");
}

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

TEST(DayInWords, NamesTheDaysAroundToday) {
  const Zone zone("UTC0");
  const Time now = parse_time("2026-11-18 00:30", "");
  EXPECT_EQ(day_in_words(parse_time("2026-11-18 09:12", ""), now), "09:12");
  EXPECT_EQ(day_in_words(parse_time("2026-11-17 23:59:59", ""), now), "yesterday 23:59");
  EXPECT_EQ(day_in_words(parse_time("2026-11-19 08:00", ""), now), "tomorrow 08:00");
  EXPECT_EQ(day_in_words(parse_time("2026-11-16 20:00", ""), now), "2026-11-16 20:00");
  EXPECT_EQ(day_in_words(parse_time("2026-11-20 20:00", ""), now), "2026-11-20 20:00");
}

TEST(DayInWords, KnowsThatDaysAreNotAlways24Hours) {
  const Zone zone("CET-1CEST,M3.5.0,M10.5.0/3");
  const Time now = parse_time("2026-10-25 23:30", "");  // a day of 25 hours
  EXPECT_EQ(day_in_words(parse_time("2026-10-25 00:15", ""), now), "00:15");
  EXPECT_EQ(day_in_words(parse_time("2026-10-26 00:15", ""), now), "tomorrow 00:15");
  EXPECT_EQ(day_in_words(parse_time("2026-10-24 23:59", ""), now), "yesterday 23:59");
}

TEST(CountInWords, KnowsOneFromMany) {
  EXPECT_EQ(count_in_words(0, "process", "processes"), "0 processes");
  EXPECT_EQ(count_in_words(1, "process", "processes"), "1 process");
  EXPECT_EQ(count_in_words(39, "process", "processes"), "39 processes");
}

}  // namespace
}  // namespace jobctl
