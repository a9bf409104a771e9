#include "util/display.hpp"

#include <gtest/gtest.h>

#include "util/utf8.hpp"

namespace jobctl {
namespace {

using namespace std::string_literals;

TEST(Visible, KeepsOrdinaryText) {
  for (const char* text :
       {"", "nightly run", "caf\xc3\xa9", "\xe6\x97\xa5\xe6\x9c\xac", "\xf0\x9f\x98\x80", "a\\nb"})
    EXPECT_EQ(visible(text), text);
}

TEST(Visible, WritesControlCharactersOut) {
  EXPECT_EQ(visible("a\nb\tc\rd"), "a\\nb\\tc\\rd");
  EXPECT_EQ(visible("\x1b[31mred\x07\x7f\x08"), "\\x1b[31mred\\x07\\x7f\\x08");
  EXPECT_EQ(visible("a\0b"s), "a\\x00b");
}

TEST(Visible, WritesC1ControlsOut) {
  EXPECT_EQ(visible("\xc2\x9b"
                    "31m"),
            "\\u009b31m");
  EXPECT_EQ(visible("\x9b"
                    "31m"),
            "\\x9b31m");
}

TEST(Visible, WritesWhatReordersTextOut) {
  EXPECT_EQ(visible("a\xe2\x80\xae"
                    "b"),
            "a\\u202eb");  // right-to-left override
  EXPECT_EQ(visible("a\xe2\x81\xa6"
                    "b"),
            "a\\u2066b");  // isolate
  EXPECT_EQ(visible("a\xe2\x80\xa8"
                    "b"),
            "a\\u2028b");  // line separator
  EXPECT_EQ(visible("a\xe2\x80\x8b"
                    "b"),
            "a\\u200bb");                              // zero width space
  EXPECT_EQ(visible("\xf3\xa0\x81\x81"), "\\ue0041");  // tag
}

TEST(Visible, WritesInvalidBytesOut) {
  EXPECT_EQ(visible("\xff\xfe"), "\\xff\\xfe");
  EXPECT_EQ(visible("a\xc3"), "a\\xc3");
  EXPECT_EQ(visible("\xe0\x80\x9b"), "\\xe0\\x80\\x9b");  // an overlong C1 control
}

TEST(Visible, NothingHarmfulIsLeftOfAnyByte) {
  for (int first = 0; first < 256; first++)
    for (int second = 0; second < 256; second++) {
      const std::string text = visible(std::string{static_cast<char>(first), static_cast<char>(second)});
      for (std::string_view rest = text; !rest.empty();) {
        const Utf8Char next = first_utf8(rest);
        ASSERT_GT(next.size, 0U) << first << " " << second;
        ASSERT_FALSE(next.code < 0x20 || (next.code >= 0x7f && next.code < 0xa0)) << first << " " << second;
        rest.remove_prefix(next.size);
      }
    }
}

TEST(DisplayWidth, CountsColumns) {
  EXPECT_EQ(display_width(""), 0U);
  EXPECT_EQ(display_width("abc"), 3U);
  EXPECT_EQ(display_width("caf\xc3\xa9"), 4U);
  EXPECT_EQ(display_width("cafe\xcc\x81"), 4U);              // e, combining acute
  EXPECT_EQ(display_width("\xe6\x97\xa5\xe6\x9c\xac"), 4U);  // 日本
  EXPECT_EQ(display_width("\xea\xb0\x80"), 2U);              // 가
  EXPECT_EQ(display_width("\xef\xbc\xa1"), 2U);              // fullwidth A
  EXPECT_EQ(display_width("\xf0\x9f\x98\x80"), 2U);          // emoji
  EXPECT_EQ(display_width("\xe2\x80\xa6"), 1U);              // …
  EXPECT_EQ(display_width("\xe2\x94\x9c\xe2\x94\x80"), 2U);  // ├─
}

TEST(CutToWidth, LeavesWhatFits) {
  EXPECT_EQ(cut_to_width("abc", 3), "abc");
  EXPECT_EQ(cut_to_width("\xe6\x97\xa5", 2), "\xe6\x97\xa5");
  EXPECT_EQ(cut_to_width("", 0), "");
}

TEST(CutToWidth, EndsInAnEllipsis) {
  EXPECT_EQ(cut_to_width("abcd", 3), "ab…");
  EXPECT_EQ(cut_to_width("abcd", 1), "…");
  EXPECT_EQ(cut_to_width("abcd", 0), "");
}

TEST(CutToWidth, NeverCutsACharacter) {
  EXPECT_EQ(cut_to_width("\xc3\xa9\xc3\xa9\xc3\xa9", 2), "\xc3\xa9…");
  EXPECT_EQ(cut_to_width("\xe6\x97\xa5\xe6\x9c\xac", 3), "\xe6\x97\xa5…");
  EXPECT_EQ(cut_to_width("\xe6\x97\xa5\xe6\x9c\xac", 2), "…");
  EXPECT_EQ(cut_to_width("e\xcc\x81xy", 2), "e\xcc\x81…");
}

}  // namespace
}  // namespace jobctl
