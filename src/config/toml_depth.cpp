#include "config/toml_depth.hpp"

#include <algorithm>

namespace jobctl {

namespace {

// Up to two quotes may stand before the three that end a long string.
size_t behind_quotes(std::string_view text, size_t begin, char quote) {
  const size_t most = std::min(begin + 2, text.size());
  while (begin < most && text[begin] == quote) ++begin;
  return begin;
}

// Behind the string or comment that begins at `begin`, or behind one character of anything else. Of what is
// no TOML only what stands before the first mistake matters.
size_t next_token(std::string_view text, size_t begin) {
  const char quote = text[begin];
  if (quote == '#') return std::min(text.find('\n', begin), text.size());
  if (quote != '"' && quote != '\'') return begin + 1;
  const std::string_view three = text.substr(begin, 3);
  const bool is_long = three == R"(""")" || three == "'''";
  const std::string_view end = is_long ? three : three.substr(0, 1);
  for (size_t i = begin + end.size(); i < text.size(); ++i) {
    if (text[i] == '\n' && !is_long) return i;
    if (text[i] == '\\' && quote == '"')
      ++i;
    else if (text.substr(i, end.size()) == end)
      return is_long ? behind_quotes(text, i + 3, quote) : i + 1;
  }
  return text.size();
}

}  // namespace

std::optional<size_t> line_with_too_deep_key(std::string_view toml) {
  constexpr std::string_view ends_of_keys = "=,[]{}\n";
  size_t line = 1, dots = 0;
  for (size_t i = 0, next = 0; i < toml.size(); i = next) {
    next = next_token(toml, i);
    const std::string_view token = toml.substr(i, next - i);
    if (ends_of_keys.find(toml[i]) != std::string_view::npos) dots = 0;
    if (toml[i] == '.' && ++dots >= deepest_key) return line;
    line += static_cast<size_t>(std::count(token.begin(), token.end(), '\n'));
  }
  return std::nullopt;
}

}  // namespace jobctl
