#include "config/setting.hpp"

#include <gmock/gmock.h>

#include "job/job_file_text.hpp"
#include "util/error.hpp"

namespace jobctl {
namespace {

std::string utf8_of(char32_t code) {
  if (code < 0x80) return {static_cast<char>(code)};
  const int trailing = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  std::string text(1, static_cast<char>((0xf0 << (3 - trailing)) | (code >> (6 * trailing))));
  for (int i = trailing - 1; i >= 0; --i) text += static_cast<char>(0x80 | ((code >> (6 * i)) & 0x3f));
  return text;
}

TEST(Settings, HoldEveryCharacterThatAJobFileCanHave) {
  for (char32_t page = 0; page < 0x110000; page += 0x800) {
    if (page == 0xd800) continue;  // surrogates are no characters
    std::string text;
    for (char32_t code = std::max<char32_t>(page, 1); code < page + 0x800; ++code) text += utf8_of(code);
    const auto settings = parse_settings("k = " + toml_string(text) + "\n", "f.toml");
    ASSERT_EQ(settings.size(), 1U);
    ASSERT_EQ(settings.front().value, text) << std::hex << static_cast<uint32_t>(page);
  }
}

TEST(Settings, OfATextSayWhereTheyAre) {
  const auto settings = parse_settings("\n[start]\nmemory = \"4G\"\n", "f.toml");
  ASSERT_EQ(settings.size(), 1U);
  EXPECT_EQ(settings.front().origin, "f.toml:3: start.memory");
}

TEST(Settings, OfABrokenTextAreAnError) {
  for (const char* text : {"[$", "a", "a = ", "\"", "a = [", "\xff", "\xc3\xa9 = 1", "[\xcd\xa9$"})
    EXPECT_THROW(parse_settings(text, "f.toml"), Error) << text;
}

std::string repeated(const std::string& text, size_t count) {
  std::string all;
  for (; count > 0; --count) all += text;
  return all;
}

TEST(Settings, GoOnBehindALineThatGoesOn) {
  const auto settings = parse_settings("k = \"\"\"a\\\n  \xc3\xa9\"\"\"", "f.toml");
  ASSERT_EQ(settings.size(), 1U);
  EXPECT_EQ(settings.front().value, "a\xc3\xa9");
}

TEST(Settings, AreNotSoDeepThatReadingThemEndsTheProcess) {
  const std::string deep = repeated("a.", 200'000);
  for (const std::string& text :
       {deep + "b = 1", "[" + deep + "b]\n", "k = {" + deep + "b = 1}", "\n[x]\n" + deep + "b=1",
        repeated("\"a\" . ", 200'000) + "b = 1", "k = [\"\"\"a\"\"\"\", {" + deep + "b = 1}, \"x\"]"})
    EXPECT_THROW(parse_settings(text, "f.toml"), Error);
  // As deep as it can be made all the same.
  const std::string nested = "k=" + repeated("{" + repeated("a.", 31) + "b=", 250) + "1" + repeated("}", 250);
  EXPECT_NO_THROW(parse_settings(nested, "f.toml"));
}

TEST(Settings, MayHaveAnyNumberOfDotsInTheirText) {
  const std::string dots(1000, '.');
  for (const std::string& text :
       {"k = \"" + dots + "\"", "k = '" + dots + "'", "k = '''\n" + dots + "\n'''", "k = 1 # " + dots,
        "k = \"\\\"" + dots + "\"", "k = [\"a\", \"" + dots + "\"]", "k = \"\"\"\"" + dots + "\"\"\"\"\""})
    EXPECT_NO_THROW(parse_settings(text, "f.toml")) << text;
}

TEST(Settings, ThatAreTooDeepSayWhere) {
  try {
    parse_settings("a = 1\nb = '''\n''' # \n" + repeated("a.", 200) + "b = 1", "f.toml");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "f.toml:4: a key of more than 32 parts");
  }
}

}  // namespace
}  // namespace jobctl
