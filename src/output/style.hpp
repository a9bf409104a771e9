// How text is shown on one stream: to a person at a terminal, or to a program.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace jobctl {

enum class Color { none, green, yellow, red, dim };

struct Style {
  bool colored = false;
  size_t width = 0;  // columns of the terminal; 0: lines may be as long as they like
  std::string home;  // shown as ~ to people; "": paths are shown absolute
};

// Colours (ANSI, ECMA-48) only on a terminal that isn't dumb, and not with NO_COLOR (https://no-color.org).
// The width is the terminal's (TIOCGWINSZ, ioctl_tty(2)), else $COLUMNS, else 80 on a terminal and unlimited
// elsewhere.
Style style_of(int fd);

// `text` in a colour, as it is without one. The text must have gone through visible().
std::string painted(std::string_view text, Color color, const Style& style);

// "~/x" for a path in the home directory of `style`.
std::string short_path(std::string path, const Style& style);

}  // namespace jobctl
