#include "util/text.hpp"

#include <algorithm>

#include "util/number.hpp"
#include "util/utf8.hpp"

namespace jobctl {

namespace {

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool is_one_of(char c, std::string_view set) {
  return set.find(c) != std::string_view::npos;
}

}  // namespace

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (;;) {
    const size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string text;
  for (size_t i = 0; i < parts.size(); i++) {
    if (i > 0) text += separator;
    text += parts[i];
  }
  return text;
}

std::string ascii_lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

std::string printable_ascii(std::string_view text, size_t limit) {
  std::string line(text.substr(0, limit));
  for (char& c : line)
    if (c < 0x20 || c > 0x7e || c == '\\') c = '?';
  return line;
}

std::string quote_path(std::string_view path) {
  std::string quoted;
  for (const char c : path) {
    if (is_alphanumeric(c) || is_one_of(c, "/_.:,@+-")) {
      quoted += c;
    } else {
      quoted += "=" + to_hex(static_cast<unsigned char>(c), upper_case_digits);
    }
  }
  return quoted;
}

std::string unquote_path(std::string_view quoted) {
  std::string path;
  for (size_t i = 0; i < quoted.size(); i++) {
    const auto byte = quoted[i] == '=' ? parse_hex(quoted.substr(i + 1, 2)) : std::nullopt;
    path += byte.value_or(quoted[i]);
    if (byte) i += 2;
  }
  return path;
}

std::string unit_escape(std::string_view text) {
  std::string escaped;
  for (size_t i = 0; i < text.size(); i++) {
    const char c = text[i];
    if (c == '/') {
      escaped += '-';
    } else if (is_alphanumeric(c) || is_one_of(c, ":_") || (c == '.' && i > 0)) {
      escaped += c;
    } else {
      escaped += "\\x" + to_hex(static_cast<unsigned char>(c));
    }
  }
  return escaped;
}

std::string valid_utf8(std::string_view bytes) {
  std::string text;
  while (!bytes.empty()) {
    const Utf8Char first = first_utf8(bytes);
    if (first.size > 0)
      text += bytes.substr(0, first.size);
    else
      text += "\xef\xbf\xbd";
    bytes.remove_prefix(std::max<size_t>(first.size, 1));
  }
  return text;
}

}  // namespace jobctl
