// Text of unknown origin on a terminal or in one line of output.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace jobctl {

// One line that does nothing to a terminal: control characters, invalid bytes and the invisible characters
// that reorder text are written as \n, \x1b, \u202e. Everything else is kept.
std::string visible(std::string text);

// How many columns a terminal needs for the result of visible(): 2 for East Asian wide characters and emoji,
// 0 for combining marks (wcwidth(3), but whatever the locale is). Rare scripts count rather too much than too
// little.
size_t display_width(std::string_view text);

// The beginning of a text of visible(), with "…" at its end where something was cut off, in at most `width`
// columns.
std::string cut_to_width(std::string_view text, size_t width);

}  // namespace jobctl
