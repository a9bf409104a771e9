// Text of any origin in a unit file, so that systemd 249 and later reads it back byte for byte:
// systemd.syntax(7), systemd.service(5), "Command lines", and systemd.unit(5), "Specifiers". What these
// functions return is a part of one line.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace jobctl {

// The longest line that systemd reads; a unit file with a longer one isn't loaded at all.
inline constexpr size_t longest_unit_line = 1024 * 1024 - 1;

// An argument of ExecStart= and the like: printable ASCII, neither split nor expanded. Every byte but NUL can
// be said, also what isn't UTF-8. Not for the first word, the program.
std::string exec_word(std::string_view word);

// Whether systemd can show the text to others: D-Bus carries only UTF-8, and `systemctl status` shows nothing
// of a unit with anything else in it.
bool can_be_shown(std::string_view text);

// The beginning of ExecStart=: the program, and `argv0` as its name for itself. nullopt for a program that
// systemd refuses however it is written: quotes, backslashes and control characters, and what isn't absolute.
std::optional<std::string> exec_program(std::string_view path, std::string_view argv0);

// The value of Environment= for one "NAME=value": printable ASCII. nullopt for names other than those of
// shells, and for values that aren't UTF-8: systemd passes over them.
std::optional<std::string> environment_setting(std::string_view assignment);

// An absolute path as WorkingDirectory= and StandardOutput=append: take it: as it is, without quotes or
// escapes but for '%'. nullopt for one that can't be said: with line breaks or other control characters,
// bytes that aren't UTF-8, "..", or a space or backslash at its end.
std::optional<std::string> path_setting(std::string_view path);

// Free text, such as Description=: at most `limit` characters of printable ASCII, others are '?'.
std::string text_setting(std::string_view text, size_t limit);

}  // namespace jobctl
