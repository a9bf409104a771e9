#include "terminal/sanitize.hpp"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "util/utf8.hpp"

namespace jobctl {
namespace {

std::string sanitize(std::string_view input, size_t piece = std::string_view::npos) {
  Sanitizer sanitizer;
  std::string output;
  for (; !input.empty(); input.remove_prefix(std::min(piece, input.size())))
    sanitizer.feed(input.substr(0, piece), output);
  sanitizer.finish(output);
  return output;
}

const std::string bad = "\xef\xbf\xbd";

TEST(Sanitize, KeepsText) {
  for (const std::string text : {"", "plain ~", "größer €5 😀 שלום", "a\nb\r\nc\td\be\n", "10 %\r20 %\r"})
    EXPECT_EQ(sanitize(text), text);
}

TEST(Sanitize, KeepsColours) {
  for (const std::string text :
       {"\x1b[m", "\x1b[0m", "\x1b[1;31mred\x1b[39m", "\x1b[38;2;255;0;1mx", "\x1b[4:3m"})
    EXPECT_EQ(sanitize(text), text);
}

TEST(Sanitize, ShowsOtherEscapeSequences) {
  EXPECT_EQ(sanitize("\x1b[2J"), "^[[2J");
  EXPECT_EQ(sanitize("\x1b[?25l"), "^[[?25l");
  EXPECT_EQ(sanitize("\x1b[>4m"), "^[[>4m");
  EXPECT_EQ(sanitize("\x1b[1 m"), "^[[1 m");
  EXPECT_EQ(sanitize("\x1b]0;title\x07"), "^[]0;title^G");
  EXPECT_EQ(sanitize("\x1bPq#0\x1b\\"), "^[Pq#0^[\\");
  EXPECT_EQ(sanitize("\x1b\x63"), "^[c");
  EXPECT_EQ(sanitize("\x1b\x1b[31m"), "^[\x1b[31m");
}

TEST(Sanitize, ShowsControlCharacters) {
  EXPECT_EQ(sanitize(std::string_view("\0\x01\x07\x0b\x0c\x0e\x1f\x7f", 8)), "^@^A^G^K^L^N^_^?");
  EXPECT_EQ(sanitize("\xc2\x80\xc2\x9b\x32J\xc2\x9f"), bad + bad + "2J" + bad);
  EXPECT_EQ(sanitize("\xc2\xa0"), "\xc2\xa0");
}

TEST(Sanitize, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(sanitize("a\x80z\xff"), "a" + bad + "z" + bad);
  EXPECT_EQ(sanitize("\x9b\x32J"), bad + "2J");
  EXPECT_EQ(sanitize("\xc3("), bad + "(");
  EXPECT_EQ(sanitize("\xc0\xaf"), bad + bad) << "overlong";
  EXPECT_EQ(sanitize("\xe0\x80\x9b"), bad + bad + bad) << "overlong";
  EXPECT_EQ(sanitize("\xed\xa0\x80"), bad + bad + bad) << "surrogate";
  EXPECT_EQ(sanitize("\xf4\x90\x80\x80"), bad + bad + bad + bad) << "beyond U+10FFFF";
}

TEST(Sanitize, LooksBehindABrokenCharacter) {
  EXPECT_EQ(sanitize("\xe2\x82\x1b[2J"), bad + bad + "^[[2J");
  EXPECT_EQ(sanitize("\xf0\x9f\xc3\xa4"), bad + bad + "ä");
}

TEST(Sanitize, BoundsAColour) {
  const std::string longest = "\x1b[" + std::string(61, '1') + "m";
  EXPECT_EQ(sanitize(longest), longest);
  EXPECT_EQ(sanitize("\x1b[" + std::string(62, '1') + "m"), "^[[" + std::string(62, '1') + "m");
  EXPECT_EQ(sanitize("\x1b[" + std::string(5000, ';')), "^[[" + std::string(5000, ';'));
}

TEST(Sanitize, PutsOutAtOnceWhatNeedsNoMore) {
  Sanitizer sanitizer;
  std::string output;
  sanitizer.feed("half a line, \x1b[3", output);
  EXPECT_EQ(output, "half a line, ");
  sanitizer.feed("1mred\xe2\x82", output);
  EXPECT_EQ(output, "half a line, \x1b[31mred");
  sanitizer.feed("\xac", output);
  EXPECT_EQ(output, "half a line, \x1b[31mred€");
}

TEST(Sanitize, ShowsWhatTheLogEndsAmid) {
  EXPECT_EQ(sanitize("\x1b"), "^[");
  EXPECT_EQ(sanitize("\x1b[31"), "^[[31");
  EXPECT_EQ(sanitize("\xe2\x82"), bad + bad);
}

TEST(Sanitize, TakesALineOfManyMegabytes) {
  const std::string line(8 << 20, 'x');
  EXPECT_EQ(sanitize(line, 1 << 20), line);
}

// Printable, or one of the controls that are kept, or the ESC of a colour.
bool is_harmless(std::string_view text) {
  while (!text.empty()) {
    const Utf8Char character = first_utf8(text);
    if (character.size == 0 || (character.code >= 0x7f && character.code < 0xa0)) return false;
    const size_t colour = text.substr(0, 2) == "\x1b[" ? text.find_first_not_of("0123456789;:", 2) : 0;
    const bool kept = std::string_view("\n\r\t\b").find(text[0]) != std::string_view::npos;
    if (character.code < 0x20 && !kept && (colour == 0 || colour >= text.size() || text[colour] != 'm'))
      return false;
    text.remove_prefix(character.size);
  }
  return true;
}

std::string random_log(std::mt19937& random) {
  static const std::vector<std::string> pieces = {"\x1b", "[",    "\x1b[",    "3",    ";",    "m",
                                                  "ä",    "€",    "😀",        "\xc2", "\x9b", "\xe2",
                                                  "\x82", "\xf0", "\x1b[31m", "\n",   "x"};
  std::string text;
  for (int n = 0; n < 60; n++)
    text +=
        random() % 4 == 0 ? std::string(1, static_cast<char>(random())) : pieces[random() % pieces.size()];
  return text;
}

TEST(Sanitize, MakesAnythingHarmlessHoweverItIsCut) {
  std::mt19937 random(20261118);
  for (int round = 0; round < 3000; round++) {
    const std::string text = random_log(random);
    const std::string whole = sanitize(text);
    EXPECT_TRUE(is_harmless(whole)) << testing::PrintToString(text);
    for (const size_t piece : {1U, 2U, 3U, 7U})
      EXPECT_EQ(sanitize(text, piece), whole) << piece << " " << testing::PrintToString(text);
  }
}

}  // namespace
}  // namespace jobctl
