#include "util/time.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>

namespace jobctl {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// Years of four digits: all that RFC 3339 can write, and all that a broken clock or record should reach.
Time within_four_digit_years(Time time) {
  constexpr Time first = std::chrono::sys_days(std::chrono::year(0) / 1 / 1);
  constexpr Time last = Time(std::chrono::sys_days(std::chrono::year(10000) / 1 / 1)) - microseconds(1);
  return std::clamp(time, first, last);
}

void append_digits(std::string& out, int64_t value, int width) {
  const size_t begin = out.size();
  for (; width > 0 || value > 0; width--, value /= 10) out += static_cast<char>('0' + value % 10);
  std::reverse(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end());
}

std::string with_unit(int64_t value, const char* unit) {
  return std::to_string(value) + " " + unit;
}

std::string seconds_in_words(Duration duration) {
  if (duration == Duration::zero()) return "0 s";
  if (duration < std::chrono::milliseconds(1)) return with_unit(duration.count(), "us");
  if (duration < seconds(1)) return with_unit(duration.count() / 1000, "ms");
  const int64_t tenths = duration.count() / 100'000;
  std::string text = std::to_string(tenths / 10);
  if (tenths % 10 != 0) (text += '.') += static_cast<char>('0' + tenths % 10);
  return text + " s";
}

}  // namespace

namespace {

Duration read_clock(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return seconds(time.tv_sec) + microseconds(time.tv_nsec / 1000);
}

}  // namespace

Time now() {
  return Time(read_clock(CLOCK_REALTIME));
}

Duration monotonic() {
  return read_clock(CLOCK_MONOTONIC);
}

Time boot_time() {
  return now() - read_clock(CLOCK_BOOTTIME);
}

int64_t to_micros(Time time) {
  return time.time_since_epoch().count();
}

Time from_micros(int64_t micros) {
  return Time(Duration(micros));
}

std::string to_rfc3339(Time time) {
  time = within_four_digit_years(time);
  const auto day = std::chrono::floor<days>(time);
  const std::chrono::year_month_day date(day);
  const int64_t clock = (time - day).count();
  std::string text;
  append_digits(text, static_cast<int>(date.year()), 4);
  append_digits(text += '-', static_cast<unsigned>(date.month()), 2);
  append_digits(text += '-', static_cast<unsigned>(date.day()), 2);
  append_digits(text += 'T', clock / 3'600'000'000, 2);
  append_digits(text += ':', clock / 60'000'000 % 60, 2);
  append_digits(text += ':', clock / 1'000'000 % 60, 2);
  append_digits(text += '.', clock % 1'000'000, 6);
  return text += 'Z';
}

std::string to_local(Time time) {
  const auto whole = std::chrono::floor<seconds>(within_four_digit_years(time));
  const time_t clock = whole.time_since_epoch().count();
  tm local{};
  if (localtime_r(&clock, &local) == nullptr) return to_rfc3339(time);
  char text[96];
  snprintf(text, sizeof text, "%04d-%02d-%02d %02d:%02d:%02d", local.tm_year + 1900, local.tm_mon + 1,
           local.tm_mday, local.tm_hour, local.tm_min, local.tm_sec);
  return text;
}

std::string to_hms(Duration duration) {
  const int64_t total = std::max<int64_t>(0, duration.count()) / 1'000'000;
  std::string text;
  append_digits(text, total / 3600, 2);
  append_digits(text += ':', total / 60 % 60, 2);
  append_digits(text += ':', total % 60, 2);
  return text;
}

std::string to_words(Duration duration) {
  struct Unit {
    Duration size;
    const char* name;
  };
  constexpr Unit units[] = {{days(1), "d"}, {hours(1), "h"}, {minutes(1), "min"}, {seconds(1), "s"}};
  duration = std::max(duration, Duration::zero());
  for (size_t i = 0; i + 1 < std::size(units); i++) {
    if (duration < units[i].size) continue;
    std::string text = with_unit(duration / units[i].size, units[i].name);
    const int64_t rest = duration % units[i].size / units[i + 1].size;
    return rest == 0 ? text : text + " " + with_unit(rest, units[i + 1].name);
  }
  return seconds_in_words(duration);
}

}  // namespace jobctl
