#include <ctime>

#include "util/error.hpp"
#include "util/text.hpp"
#include "util/time.hpp"

namespace jobctl {

namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// What is still to be read. The take_ functions move it on where they succeed.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }

  bool take(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }

  bool take_one_of(std::string_view set) {
    if (rest_.empty() || set.find(rest_[0]) == std::string_view::npos) return false;
    taken_ = rest_[0];
    rest_.remove_prefix(1);
    return true;
  }
  char taken() const { return taken_; }

  // Exactly `width` digits, a value from `low` to `high`.
  bool take_number(int& value, size_t width, int low, int high) {
    if (rest_.size() < width) return false;
    value = 0;
    for (const char c : rest_.substr(0, width)) {
      if (c < '0' || c > '9') return false;
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(width);
    return value >= low && value <= high;
  }

  // ".5" as microseconds; more digits than that are read and forgotten.
  bool take_fraction(int& micros) {
    micros = 0;
    if (!take_one_of(".")) return true;
    int unit = 1'000'000;
    if (!take_one_of("0123456789")) return false;
    do micros += (unit /= 10) * (taken_ - '0');
    while (take_one_of("0123456789"));
    return true;
  }

 private:
  std::string_view rest_;
  char taken_ = 0;
};

struct Date {
  int year = 0, month = 0, day = 0;
};

struct Clock {
  int hour = 0, minute = 0, second = 0, micros = 0;
};

// "Sun ", as systemctl writes it.
std::optional<std::chrono::weekday> take_weekday(Scanner& in) {
  constexpr std::string_view names[] = {"Sun ", "Mon ", "Tue ", "Wed ", "Thu ", "Fri ", "Sat "};
  for (unsigned day = 0; day < std::size(names); ++day)
    if (in.take(names[day])) return std::chrono::weekday(day);
  return std::nullopt;
}

bool take_date(Scanner& in, Date& date) {
  const auto weekday = take_weekday(in);
  if (!in.take_number(date.year, 4, 0, 9999) || !in.take_one_of("-")) return false;
  if (!in.take_number(date.month, 2, 1, 12) || !in.take_one_of("-")) return false;
  if (!in.take_number(date.day, 2, 1, 31)) return false;
  const auto day = std::chrono::year(date.year) / date.month / date.day;
  return day.ok() && (!weekday || std::chrono::weekday(day) == *weekday);
}

// HH:MM[:SS[.fraction]] or H:MM…; 60 is a leap second.
bool take_clock(Scanner& in, Clock& clock) {
  if (!in.take_number(clock.hour, 2, 0, 23) && !in.take_number(clock.hour, 1, 0, 9)) return false;
  if (!in.take_one_of(":")) return false;
  if (!in.take_number(clock.minute, 2, 0, 59)) return false;
  if (!in.take_one_of(":")) return true;
  return in.take_number(clock.second, 2, 0, 60) && in.take_fraction(clock.micros);
}

// "Z", " UTC" or "+01:00", as what has to be subtracted from the time before it.
bool take_zone(Scanner& in, seconds& offset) {
  if (in.take_one_of("Zz") || in.take(" UTC")) return true;
  if (!in.take_one_of("+-")) return false;
  const int sign = in.taken() == '-' ? -1 : 1;
  int hour = 0, minute = 0;
  if (!in.take_number(hour, 2, 0, 23) || !in.take_one_of(":")) return false;
  if (!in.take_number(minute, 2, 0, 59)) return false;
  offset = sign * (hours(hour) + minutes(minute));
  return true;
}

Time from_utc(const Date& date, const Clock& clock) {
  const std::chrono::sys_days day(std::chrono::year(date.year) / date.month / date.day);
  return Time(day) + hours(clock.hour) + minutes(clock.minute) + seconds(clock.second) +
         microseconds(clock.micros);
}

// mktime(3) in the local zone; it finds out about daylight saving time itself.
std::optional<Time> from_local(const Date& date, const Clock& clock) {
  tm local{};
  local.tm_year = date.year - 1900;
  local.tm_mon = date.month - 1;
  local.tm_mday = date.day;
  local.tm_hour = clock.hour;
  local.tm_min = clock.minute;
  local.tm_sec = clock.second;
  local.tm_isdst = -1;
  local.tm_wday = -1;  // stays where mktime fails: its -1 is also the last second of 1969
  const time_t time = mktime(&local);
  if (local.tm_wday < 0) return std::nullopt;
  return Time(seconds(time) + microseconds(clock.micros));
}

// A time of today, or of the days after it.
std::optional<Time> from_today(const Clock& clock, int days_later) {
  const time_t seconds_now = std::chrono::floor<seconds>(now()).time_since_epoch().count();
  tm local{};
  if (localtime_r(&seconds_now, &local) == nullptr) return std::nullopt;
  return from_local({local.tm_year + 1900, local.tm_mon + 1, local.tm_mday + days_later}, clock);
}

// A time of a day that is so many days after this one.
std::optional<Time> parse_clock(std::string_view text, int days_later) {
  Scanner in(text);
  Clock clock;
  return take_clock(in, clock) && in.at_end() ? from_today(clock, days_later) : std::nullopt;
}

std::optional<Time> parse_date(std::string_view text) {
  Scanner in(text);
  Date date;
  Clock clock;
  if (!take_date(in, date)) return std::nullopt;
  if (in.at_end()) return from_local(date, clock);
  if (!in.take_one_of(" Tt") || !take_clock(in, clock)) return std::nullopt;
  if (in.at_end()) return from_local(date, clock);
  seconds offset(0);
  if (!take_zone(in, offset) || !in.at_end()) return std::nullopt;
  return from_utc(date, clock) - offset;
}

// "tomorrow", "tomorrow 08:00", "08:00".
std::optional<Time> parse_day(std::string_view text) {
  if (text == "now") return now();
  constexpr std::pair<std::string_view, int> days[] = {{"yesterday", -1}, {"today", 0}, {"tomorrow", 1}};
  for (const auto& [word, days_later] : days) {
    if (text == word) return from_today({}, days_later);
    if (text.starts_with(word) && text[word.size()] == ' ')
      return parse_clock(text.substr(word.size() + 1), days_later);
  }
  return parse_clock(text, 0);
}

// A span that can be added to a time. Only digits begin one, so that "--2h" and "- 2h" are none.
std::optional<Duration> parse_span(std::string_view text) {
  if (text.empty() || text[0] < '0' || text[0] > '9') return std::nullopt;
  try {
    return parse_duration(text, "");
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::optional<Time> parse_relative(std::string_view text) {
  if (text.starts_with("@")) {
    const auto span = parse_span(text.substr(1));
    return span ? std::optional(Time(*span)) : std::nullopt;
  }
  const Time base = now();
  if (text.starts_with("+")) {
    const auto span = parse_span(text.substr(1));
    return span && *span <= Time::max() - base ? std::optional(base + *span) : std::nullopt;
  }
  const bool ago = text.ends_with(" ago");
  if (!ago && !text.starts_with("-")) return std::nullopt;
  const auto span = parse_span(ago ? text.substr(0, text.size() - 4) : text.substr(1));
  return span && *span <= base.time_since_epoch() ? std::optional(base - *span) : std::nullopt;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

Time parse_time(std::string_view text, const std::string& what) {
  const std::string_view word = trimmed(text);
  for (const auto parse : {parse_day, parse_relative, parse_date})
    if (const auto time = parse(word)) return *time;
  throw Error(Errc::usage,
              what + ": \"" + printable_ascii(text, 80) +
                  "\" is not a point in time (for example 2026-11-18 09:12, tomorrow 08:00, -2h)");
}

}  // namespace jobctl
