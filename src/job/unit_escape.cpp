#include "job/unit_escape.hpp"

#include <algorithm>
#include <climits>

#include "util/number.hpp"
#include "util/text.hpp"
#include "util/utf8.hpp"

namespace jobctl {

namespace {

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

// Needs no quotes, wherever it stands behind the first word.
bool is_plain(char c) {
  return is_alphanumeric(c) || std::string_view("_@+:,./=-%$").find(c) != std::string_view::npos;
}

std::string doubled(std::string_view text, std::string_view doubles) {
  std::string result;
  for (const char c : text) result.append(doubles.find(c) == std::string_view::npos ? 1 : 2, c);
  return result;
}

std::string escaped(char c) {
  if (c == '\n') return "\\n";
  if (c == '\t') return "\\t";
  if (c == '"' || c == '\\') return std::string("\\") + c;
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte > 0x7e ? "\\x" + to_hex(byte) : std::string(1, c);
}

// Between quotes where it needs them; `doubles` are the characters that are said by two of them.
std::string quoted(std::string_view word, std::string_view doubles) {
  const std::string whole = doubled(word, doubles);
  if (!word.empty() && std::all_of(word.begin(), word.end(), is_plain)) return whole;
  std::string text = "\"";
  for (const char c : whole) text += escaped(c);
  return text + "\"";
}

bool is_variable_name(std::string_view name) {
  return !name.empty() && !(name.front() >= '0' && name.front() <= '9') &&
         std::all_of(name.begin(), name.end(), [](char c) { return is_alphanumeric(c) || c == '_'; });
}

bool goes_up(std::string_view path) {
  const auto parts = split(path, '/');
  return std::find(parts.begin(), parts.end(), "..") != parts.end();
}

// systemd takes "//" and "/./" out of the program's path, and so out of argv[0].
bool is_simple(std::string_view path) {
  return path.find("//") == std::string_view::npos && path.find("/.") == std::string_view::npos;
}

bool can_be_program(std::string_view path) {
  const auto is_refused = [](char c) { return is_control(c) || c == '"' || c == '\'' || c == '\\'; };
  return path.starts_with('/') && !path.ends_with('/') && path.size() < PATH_MAX &&
         std::none_of(path.begin(), path.end(), is_refused) && can_be_shown(path);
}

}  // namespace

// systemd's own idea of UTF-8 leaves out the code points that are no characters and never will be.
bool can_be_shown(std::string_view text) {
  while (!text.empty()) {
    const Utf8Char first = first_utf8(text);
    const bool never = (first.code >= 0xfdd0 && first.code <= 0xfdef) || (first.code & 0xfffe) == 0xfffe;
    if (first.size == 0 || never) return false;
    text.remove_prefix(first.size);
  }
  return true;
}

std::string exec_word(std::string_view word) {
  return quoted(word, "%$");
}

std::optional<std::string> exec_program(std::string_view path, std::string_view argv0) {
  if (!can_be_program(path)) return std::nullopt;
  // Variables are expanded in argv[0], but not in the path.
  const std::string program = quoted(path, "%");
  const bool is_said_by_path = argv0 == path && is_simple(path) && path.find('$') == std::string_view::npos;
  return is_said_by_path ? program : "@" + program + " " + exec_word(argv0);
}

std::optional<std::string> environment_setting(std::string_view assignment) {
  const size_t equals = assignment.find('=');
  if (equals == std::string_view::npos || !is_variable_name(assignment.substr(0, equals)) ||
      !can_be_shown(assignment))
    return std::nullopt;
  return quoted(assignment, "%");
}

std::optional<std::string> path_setting(std::string_view path) {
  // A slash behind it would keep a space or backslash from being taken for the end of the line; but systemd
  // 257 takes the space away all the same.
  if (!path.starts_with('/') || path.ends_with(' ') || path.ends_with('\\') || path.size() >= PATH_MAX ||
      goes_up(path) || !can_be_shown(path) || std::any_of(path.begin(), path.end(), is_control))
    return std::nullopt;
  return doubled(path, "%");
}

std::string text_setting(std::string_view text, size_t limit) {
  const std::string printable = printable_ascii(text, limit);
  const size_t first = printable.find_first_not_of(' ');
  if (first == std::string::npos) return {};
  return doubled(std::string_view(printable).substr(first, printable.find_last_not_of(' ') - first + 1), "%");
}

}  // namespace jobctl
