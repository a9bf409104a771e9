#include "job/regex.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>

#include <regex.h>

#include "util/error.hpp"
#include "util/number.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

// regcomp(3) copies what is to be repeated, and takes more than a second for twice as many.
constexpr uint64_t most_copies = 4000;

// How often "{2}", "{1,100}", "{3,}" or "+" has what stands before it copied; 0 for what is none of them.
uint64_t copies_by(std::string_view repetition) {
  if (repetition.starts_with('+')) return 2;
  if (!repetition.starts_with('{')) return 0;
  const std::string_view counts = repetition.substr(1, repetition.find('}') - 1);
  const size_t comma = std::min(counts.find(','), counts.size());
  const auto number = [](std::string_view digits) { return parse_number<uint64_t>(digits).value_or(0); };
  const uint64_t least = number(counts.substr(0, comma)) + 1;
  return std::max(least, number(counts.substr(std::min(comma + 1, counts.size()))));
}

// At most: what repeats a group, or another repetition, is taken to repeat the whole pattern.
uint64_t copies_of(std::string_view pattern) {
  if (pattern.size() > most_copies) return pattern.size();
  uint64_t size = pattern.size(), factor = 1;
  for (size_t i = 1; i < pattern.size(); ++i) {
    const uint64_t copies = std::min(copies_by(pattern.substr(i)), most_copies + 1);
    if (copies == 0) continue;
    if (std::string_view(")}+*?").find(pattern[i - 1]) == std::string_view::npos)
      size += copies;
    else
      factor = std::min(factor * copies, most_copies + 1);
  }
  return size * factor;
}

}  // namespace

void check_regex(const std::string& pattern, const std::string& what) {
  if (copies_of(pattern) > most_copies)
    throw Error(Errc::usage,
                what + ": \"" + printable_ascii(pattern, 80) + "\" repeats too much to be looked for");
  regex_t regex;
  const int result = regcomp(&regex, pattern.c_str(), REG_EXTENDED | REG_NOSUB);
  if (result == 0) return regfree(&regex);
  char why[200];
  regerror(result, &regex, why, sizeof why);
  throw Error(Errc::usage, what + ": \"" + printable_ascii(pattern, 80) +
                               "\" is not a regular expression: " + ascii_lower(why));
}

bool matches_whole(const std::string& pattern, const std::string& text) {
  regex_t regex;
  if (regcomp(&regex, ("^(" + pattern + ")$").c_str(), REG_EXTENDED | REG_NOSUB) != 0) return false;
  const bool matches = regexec(&regex, text.c_str(), 0, nullptr, 0) == 0;
  regfree(&regex);
  return matches;
}

}  // namespace jobctl
