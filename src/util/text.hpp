// Small operations on strings that several folders need.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jobctl {

std::vector<std::string> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);

// ASCII letters only, whatever the locale is.
std::string ascii_lower(std::string text);

// One printable ASCII line of at most `limit` bytes: what a unit's Description= and a message may carry of a
// user's text. Backslashes and everything outside 0x20-0x7e become '?', because systemd's unit files are
// re-read with escapes and line continuations.
std::string printable_ascii(std::string_view text, size_t limit);

// Keeps the bytes that unit files and D-Bus carry unchanged on every systemd version ([A-Za-z0-9/_.:,@+-]);
// every other byte becomes =XX (RFC 2045 quoted-printable without line breaks).
std::string quote_path(std::string_view path);
std::string unquote_path(std::string_view quoted);

// unit_name_escape(3) of systemd: '/' to '-', everything outside [A-Za-z0-9:_.] to \xNN, a leading dot too.
std::string unit_escape(std::string_view text);

// argv as a shell would need it typed: quotes only where needed.
std::string shell_quote(const std::vector<std::string>& argv);

// Words and quotes as of sh(1), without anything else of a shell: no variables, globs or operators. nullopt
// where a quote isn't closed.
std::optional<std::vector<std::string>> shell_split(std::string_view text);

// The closest of `candidates` by edit distance, "" if none is near. For "did you mean".
std::string closest(std::string_view word, const std::vector<std::string>& candidates);

// Invalid UTF-8 replaced by U+FFFD.
std::string valid_utf8(std::string_view bytes);

}  // namespace jobctl
