#include <limits>

#include "util/error.hpp"
#include "util/text.hpp"
#include "util/time.hpp"

namespace jobctl {

namespace {

constexpr int64_t second = 1'000'000;
constexpr int64_t minute = 60 * second;
constexpr int64_t hour = 60 * minute;
constexpr int64_t day = 24 * hour;

struct Unit {
  std::string_view name;
  int64_t micros;
};

// systemd.time(7). A month is a twelfth, a year 365.25 days.
constexpr Unit units[] = {
    {"us", 1},
    {"usec", 1},
    {"\xc2\xb5s", 1},
    {"\xce\xbcs", 1},
    {"ms", 1000},
    {"msec", 1000},
    {"", second},
    {"s", second},
    {"sec", second},
    {"second", second},
    {"seconds", second},
    {"m", minute},
    {"min", minute},
    {"minute", minute},
    {"minutes", minute},
    {"h", hour},
    {"hr", hour},
    {"hour", hour},
    {"hours", hour},
    {"d", day},
    {"day", day},
    {"days", day},
    {"w", 7 * day},
    {"week", 7 * day},
    {"weeks", 7 * day},
    {"M", 2629800 * second},
    {"month", 2629800 * second},
    {"months", 2629800 * second},
    {"y", 31557600 * second},
    {"year", 31557600 * second},
    {"years", 31557600 * second},
};

std::string_view take(std::string_view& text, bool (*belongs)(char)) {
  size_t size = 0;
  while (size < text.size() && belongs(text[size])) size++;
  const std::string_view taken = text.substr(0, size);
  text.remove_prefix(size);
  return taken;
}

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_unit(char c) {
  return !is_space(c) && !is_digit(c) && c != '.';
}

std::optional<int64_t> unit_size(std::string_view name) {
  for (const Unit& unit : units)
    if (unit.name == name) return unit.micros;
  return std::nullopt;
}

// digits × unit + 0.fraction × unit; false where that is more than an int64_t holds.
bool scale(std::string_view digits, std::string_view fraction, int64_t unit, int64_t& micros) {
  micros = 0;
  for (const char c : digits)
    if (__builtin_mul_overflow(micros, 10, &micros) || __builtin_add_overflow(micros, c - '0', &micros))
      return false;
  if (__builtin_mul_overflow(micros, unit, &micros)) return false;
  int64_t part = 0;
  for (const char c : fraction) part += (unit /= 10) * (c - '0');
  return !__builtin_add_overflow(micros, part, &micros);
}

// "1.5 h" at the beginning of `text`, which moves on past it and the space that follows.
std::optional<int64_t> take_term(std::string_view& text) {
  const std::string_view digits = take(text, is_digit);
  std::string_view fraction;
  if (!text.empty() && text[0] == '.') {
    text.remove_prefix(1);
    fraction = take(text, is_digit);
  }
  if (digits.empty() && fraction.empty()) return std::nullopt;
  const bool space = !take(text, is_space).empty();
  const std::string_view name = take(text, is_unit);
  if (name.empty() && !space && !text.empty()) return std::nullopt;  // "1.2.3"
  take(text, is_space);
  const auto unit = unit_size(name);
  int64_t micros = 0;
  if (!unit || !scale(digits, fraction, *unit, micros)) return std::nullopt;
  return micros;
}

std::optional<int64_t> sum_of_terms(std::string_view text) {
  take(text, is_space);
  int64_t sum = 0;
  do {
    const auto term = take_term(text);
    if (!term || __builtin_add_overflow(sum, *term, &sum)) return std::nullopt;
  } while (!text.empty());
  return sum;
}

std::string_view trimmed(std::string_view text) {
  take(text, is_space);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text, const std::string& what) {
  if (trimmed(text) == "infinity") return std::nullopt;
  if (const auto micros = sum_of_terms(text)) return Duration(*micros);
  throw Error(Errc::usage, what + ": \"" + printable_ascii(text, 80) +
                               "\" is not a time span (for example 90, 5min, 1h 30min)");
}

}  // namespace jobctl
