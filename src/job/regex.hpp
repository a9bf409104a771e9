// regex(7), extended, as grep -E has them.
#pragma once

#include <string>

namespace jobctl {

// Throws Error{usage} that begins with `what`.
void check_regex(const std::string& pattern, const std::string& what);

// From its first to its last character. The pattern is a valid one.
bool matches_whole(const std::string& pattern, const std::string& text);

}  // namespace jobctl
