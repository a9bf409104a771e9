#include "job/regex.hpp"

#include <regex.h>

#include "util/error.hpp"
#include "util/text.hpp"

namespace jobctl {

void check_regex(const std::string& pattern, const std::string& what) {
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
