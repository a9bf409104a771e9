#include "job/schedule.hpp"

#include <algorithm>

#include "util/error.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

bool is_time_of_day(const std::string& text) {
  return text.find(':') != std::string::npos &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || c == ':'; });
}

Time parse_any_time(const std::string& text, const std::string& what) try {
  return parse_time(text, what);
} catch (const Error&) {
  throw Error(Errc::usage, what + ": \"" + printable_ascii(text, 80) + "\" is not a time to come",
              "for example: 08:00, tomorrow 08:00, 2026-12-24 18:00, +2h");
}

}  // namespace

Time parse_time_to_come(const std::string& text, const std::string& what) {
  Time time = parse_any_time(text, what);
  if (time <= now() && is_time_of_day(text)) time = parse_time("tomorrow " + text, what);
  if (time > now()) return time;
  throw Error(Errc::usage, what + " " + printable_ascii(text, 80) + ": " + to_local(time) + " has passed");
}

std::string calendar_text(Time time) {
  std::string text = to_rfc3339(time);
  text[text.find('T')] = ' ';
  return text.replace(text.size() - 1, 1, " UTC");
}

std::string schedule_in_words(const Schedule& schedule) {
  if (schedule.every) return "every " + to_words(*schedule.every);
  return schedule.calendar.empty() ? "once" : schedule.calendar;
}

}  // namespace jobctl
