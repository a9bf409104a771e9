#include <utility>

#include "util/text.hpp"

namespace jobctl {

namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n';
}

// Takes what stands between two quotes, of which the first has been taken. Behind a backslash in double
// quotes only what would mean something there is itself.
bool take_quoted(std::string_view& text, char quote, std::string& word) {
  while (!text.empty()) {
    char c = text.front();
    text.remove_prefix(1);
    if (c == quote) return true;
    if (quote == '"' && c == '\\' && !text.empty() && (text.front() == '"' || text.front() == '\\')) {
      c = text.front();
      text.remove_prefix(1);
    }
    word += c;
  }
  return false;
}

}  // namespace

std::optional<std::vector<std::string>> shell_split(std::string_view text) {
  std::vector<std::string> words;
  bool in_word = false;
  while (!text.empty()) {
    char c = text.front();
    text.remove_prefix(1);
    if (is_space(c)) {
      in_word = false;
      continue;
    }
    if (!std::exchange(in_word, true)) words.emplace_back();
    if (c == '\'' || c == '"') {
      if (!take_quoted(text, c, words.back())) return std::nullopt;
      continue;
    }
    if (c == '\\') {
      if (text.empty()) return std::nullopt;
      c = text.front();
      text.remove_prefix(1);
    }
    words.back() += c;
  }
  return words;
}

}  // namespace jobctl
