#include <algorithm>

#include "util/text.hpp"
#include "util/utf8.hpp"

namespace jobctl {

namespace {

bool is_plain(char c) {
  const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  return alphanumeric || std::string_view("_@%+:,./-").find(c) != std::string_view::npos;
}

// A first word with '=' would be an assignment, and zsh replaces =ls by the path of ls.
bool needs_no_quotes(std::string_view word, bool first) {
  if (word.empty() || word[0] == '=') return false;
  return std::all_of(word.begin(), word.end(), [=](char c) { return is_plain(c) || (c == '=' && !first); });
}

// Whether the first character can be typed between single quotes without harm to the line or the terminal.
bool is_typable(Utf8Char character) {
  const bool control = character.code < 0x20 || (character.code >= 0x7f && character.code < 0xa0);
  return character.size > 0 && !control;
}

bool is_typable(std::string_view word) {
  while (!word.empty()) {
    const Utf8Char first = first_utf8(word);
    if (!is_typable(first)) return false;
    word.remove_prefix(first.size);
  }
  return true;
}

std::string single_quoted(std::string_view word) {
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'')
      quoted += "'\\''";
    else
      quoted += c;
  }
  return quoted + "'";
}

void append_octal(std::string& out, std::string_view bytes) {
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += '\\';
    for (const int shift : {6, 3, 0}) out += static_cast<char>('0' + ((byte >> shift) & 7));
  }
}

// $'…' of POSIX.1-2024. Octal, because \x takes as many digits as follow in some shells.
std::string dollar_quoted(std::string_view word) {
  std::string quoted = "$'";
  while (!word.empty()) {
    const Utf8Char first = first_utf8(word);
    const std::string_view bytes = word.substr(0, std::max<size_t>(first.size, 1));
    if (bytes == "\n") {
      quoted += "\\n";
    } else if (bytes == "\t") {
      quoted += "\\t";
    } else if (bytes == "'" || bytes == "\\") {
      (quoted += '\\') += bytes;
    } else if (is_typable(first)) {
      quoted += bytes;
    } else {
      append_octal(quoted, bytes);
    }
    word.remove_prefix(bytes.size());
  }
  return quoted + "'";
}

}  // namespace

std::string shell_quote(const std::vector<std::string>& argv) {
  std::vector<std::string> words;
  for (const std::string& word : argv) {
    if (needs_no_quotes(word, words.empty()))
      words.push_back(word);
    else
      words.push_back(is_typable(std::string_view(word)) ? single_quoted(word) : dollar_quoted(word));
  }
  return join(words, " ");
}

}  // namespace jobctl
