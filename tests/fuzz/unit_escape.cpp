// Whatever a word is, it stays one word in one line. (That systemd reads it back as it was, tests/integration
// asks systemd itself.)
#include "job/unit_escape.hpp"

#include <algorithm>

#include "fuzz/target.hpp"

namespace {

using namespace jobctl;

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

// Each of these stands for itself only in pairs.
bool is_paired(std::string_view text, char c) {
  size_t run = 0;
  for (const char each : text) {
    if (each != c && run % 2 != 0) return false;
    run = each == c ? run + 1 : 0;
  }
  return run % 2 == 0;
}

// Either between quotes that nothing inside closes, or without anything that would need them.
bool is_one_word(std::string_view text) {
  if (!text.starts_with('"'))
    return !text.empty() && text.find_first_of(" \t\"'\\;") == std::string_view::npos;
  size_t i = 1;
  for (; i < text.size() && text[i] != '"'; ++i)
    if (text[i] == '\\') ++i;
  return i + 1 == text.size();
}

void check_word(const std::string& word) {
  const std::string text = exec_word(word);
  require(is_printable(text), "a word is printable ASCII");
  require(is_one_word(text), "a word is one word");
  require(is_paired(text, '%') && is_paired(text, '$'), "nothing in a word is expanded");
}

void check_different(const std::string& one, const std::string& other) {
  require((exec_word(one) == exec_word(other)) == (one == other), "different words are written differently");
  require(!path_setting(one) || (path_setting(one) == path_setting(other)) == (one == other),
          "different paths are written differently");
}

void check_variable(const std::string& assignment) {
  const auto text = environment_setting(assignment);
  if (!text) return;
  require(is_printable(*text) && is_one_word(*text) && is_paired(*text, '%'), "a variable is one word");
}

void check_program(const std::string& path, const std::string& argv0) {
  const auto text = exec_program(path, argv0);
  if (!text) return;
  const size_t begin = text->starts_with('@') ? 1 : 0;
  require(is_printable(*text), "a program is printable ASCII");
  require(text->substr(begin).starts_with('/') || text->substr(begin).starts_with("\"/"),
          "a program has no prefix but '@'");
}

void check_path(const std::string& path) {
  const auto text = path_setting(path);
  if (!text) return;
  require(!has_control(*text) && text->starts_with('/') && !text->ends_with(' ') && !text->ends_with('\\') &&
              is_paired(*text, '%'),
          "a path is one line and ends where it ends");
}

void check_text(const std::string& free) {
  const std::string text = text_setting(free, 100);
  require(is_printable(text) && !text.ends_with('\\') && is_paired(text, '%'), "free text is one line");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string word(reinterpret_cast<const char*>(data), size);
  std::erase(word, '\0');
  const std::string half = word.substr(word.size() / 2);
  check_word(word);
  check_different(word, half);
  check_different(word, word + "%");
  check_variable(word);
  check_variable("NAME=" + word);
  check_program(word, half);
  check_program("/" + word, "/" + word);
  check_path("/" + word);
  check_text(word);
  return 0;
}

const std::vector<std::string>& fuzz_seeds() {
  static const std::vector<std::string> seeds = {
      "",
      "plain",
      "/usr/bin/env",
      "NAME=value",
      "a b",
      "$HOME ${HOME} $$",
      "%n%%h",
      "@-:+!x",
      ";",
      "\\;",
      "\"quoted\" 'too'",
      "a\nExecStart=/bin/false",
      "back\\",
      "\xff\xfe",
      "\xc3\xbc",
      "#c",
      "/a/../b//./c/ ",
  };
  return seeds;
}

const std::vector<std::string>& fuzz_tokens() {
  static const std::vector<std::string> tokens = {"%",     "$",
                                                  "\"",    "'",
                                                  "\\",    ";",
                                                  " ",     "\t",
                                                  "\n",    "\r",
                                                  "=",     "/",
                                                  "..",    "\x7f",
                                                  "\x80",  "\xff",
                                                  "\\x41", "\xef\xbf\xbf",
                                                  "@",     "-",
                                                  ":",     "+",
                                                  "!",     "|",
                                                  "~",     "\xf0\x9f\x98\x80"};
  return tokens;
}
