#include "output/style.hpp"

#include <cstdlib>

#include <sys/ioctl.h>
#include <unistd.h>

#include "util/number.hpp"
#include "util/process.hpp"

namespace jobctl {

namespace {

size_t terminal_width(int fd) {
  winsize size{};
  return ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

size_t columns_variable() {
  return parse_number<size_t>(environment("COLUMNS")).value_or(0);
}

size_t width_of(int fd, bool terminal) {
  if (const size_t width = terminal_width(fd)) return width;
  if (const size_t width = columns_variable()) return width;
  return terminal ? 80 : 0;
}

const char* escape_sequence(Color color) {
  switch (color) {
    case Color::green:
      return "\x1b[32m";
    case Color::yellow:
      return "\x1b[33m";
    case Color::red:
      return "\x1b[31m";
    case Color::dim:
      return "\x1b[2m";
    case Color::none:
      break;
  }
  return "";
}

}  // namespace

Style style_of(int fd) {
  const bool terminal = isatty(fd) != 0;
  const std::string type = environment("TERM");
  Style style;
  style.colored = terminal && environment("NO_COLOR").empty() && !type.empty() && type != "dumb";
  style.width = width_of(fd, terminal);
  if (terminal) style.home = environment("HOME");
  return style;
}

std::string painted(std::string_view text, Color color, const Style& style) {
  if (!style.colored || color == Color::none) return std::string(text);
  return escape_sequence(color) + std::string(text) + "\x1b[0m";
}

std::string short_path(std::string path, const Style& style) {
  std::string_view home = style.home;
  while (home.ends_with('/')) home.remove_suffix(1);
  const bool inside = path == home || (path.starts_with(home) && path[home.size()] == '/');
  if (home.empty() || !inside) return path;
  return "~" + path.substr(home.size());
}

}  // namespace jobctl
