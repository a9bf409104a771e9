#include "terminal/detach_keys.hpp"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "util/error.hpp"

namespace jobctl {
namespace {

std::string refusal(std::string_view text) {
  try {
    parse_detach_keys(text);
  } catch (const Error& error) {
    EXPECT_EQ(error.code, Errc::usage);
    return error.what();
  }
  return "";
}

TEST(ParseDetachKeys, TakesDockersSyntax) {
  EXPECT_EQ(parse_detach_keys(default_detach_keys), "\x10\x11");
  EXPECT_EQ(parse_detach_keys("ctrl-a"), "\x01");
  EXPECT_EQ(parse_detach_keys("ctrl-z"), "\x1a");
  EXPECT_EQ(parse_detach_keys("q"), "q");
  EXPECT_EQ(parse_detach_keys("ctrl-p,a,Q,-"),
            "\x10"
            "aQ-");
  EXPECT_EQ(parse_detach_keys("DEL"), "\x7f");
}

TEST(ParseDetachKeys, TakesControlAndPunctuation) {
  EXPECT_EQ(parse_detach_keys("ctrl-@"), std::string(1, '\0'));
  EXPECT_EQ(parse_detach_keys("ctrl-[,ctrl-\\,ctrl-],ctrl-^,ctrl-_"), "\x1b\x1c\x1d\x1e\x1f");
}

TEST(ParseDetachKeys, TakesCapitalLettersToo) {
  EXPECT_EQ(parse_detach_keys("ctrl-P,ctrl-Q"), "\x10\x11");
}

TEST(ParseDetachKeys, NamesTheKeyThatIsNone) {
  EXPECT_EQ(refusal("ctrl-p,ctrl-1"), "invalid key 'ctrl-1' in --detach-keys");
  for (const char* text :
       {"", ",", "a,", "ctrl-", "ctrl-ab", "Ctrl-p", "ctrl-p ctrl-q", "ctrl-`", "ctrl-{", "ä", "\n"})
    EXPECT_THAT(refusal(text), testing::HasSubstr("in --detach-keys")) << text;
}

TEST(DescribeKeys, SaysWhatToPress) {
  EXPECT_EQ(describe_keys(parse_detach_keys("ctrl-p,ctrl-q")), "Ctrl+P Ctrl+Q");
  EXPECT_EQ(describe_keys(parse_detach_keys("ctrl-@,x,DEL,ctrl-]")), "Ctrl+@ x Del Ctrl+]");
}

class Detach : public testing::Test {
 protected:
  bool type(std::string_view input) { return keys_.filter(input, output_); }

  DetachKeys keys_{"\x10\x11"};
  std::string output_;
};

TEST_F(Detach, PassesEverythingElseOn) {
  EXPECT_FALSE(type("ls\r"));
  EXPECT_FALSE(type(std::string_view("\0\x11\xff", 3)));
  EXPECT_EQ(output_, std::string("ls\r\0\x11\xff", 6));
}

TEST_F(Detach, SeesTheKeys) {
  EXPECT_TRUE(type("\x10\x11"));
  EXPECT_EQ(output_, "");
}

TEST_F(Detach, SeesThemBetweenOtherKeysAndDropsWhatFollows) {
  EXPECT_TRUE(type("ab\x10\x11later"));
  EXPECT_EQ(output_, "ab");
}

TEST_F(Detach, SeesThemTypedOneByOne) {
  EXPECT_FALSE(type("\x10"));
  EXPECT_EQ(output_, "");
  EXPECT_TRUE(keys_.is_holding());
  EXPECT_TRUE(type("\x11"));
  EXPECT_FALSE(keys_.is_holding());
}

TEST_F(Detach, ReleasesWhatWasNotTheirBeginning) {
  EXPECT_FALSE(type("\x10"));
  EXPECT_FALSE(type("x"));
  EXPECT_EQ(output_, "\x10x");
}

TEST_F(Detach, SeesThemAfterARepeatedFirstKey) {
  EXPECT_TRUE(type("\x10\x10\x10\x11"));
  EXPECT_EQ(output_, "\x10\x10");
}

TEST_F(Detach, ReleasesWhenTheCallerWaitsNoLonger) {
  EXPECT_FALSE(type("\x10"));
  keys_.release(output_);
  EXPECT_EQ(output_, "\x10");
  EXPECT_FALSE(type("\x11"));
  EXPECT_EQ(output_, "\x10\x11");
}

TEST_F(Detach, WorksAgainAfterItWasSeen) {
  EXPECT_TRUE(type("\x10\x11"));
  EXPECT_FALSE(type("\x11"));
  EXPECT_TRUE(type("\x10\x11"));
}

TEST_F(Detach, FindsKeysThatOverlapThemselves) {
  keys_ = DetachKeys("aabaac");
  EXPECT_TRUE(type("aabaabaac"));
  EXPECT_EQ(output_, "aab");
}

TEST_F(Detach, AgreesWithASearchOfTheWholeInput) {
  std::mt19937 random(1);
  for (int round = 0; round < 2000; round++) {
    const auto letters = [&](size_t n) {
      std::string text;
      while (text.size() < n) text += static_cast<char>('a' + random() % 2);
      return text;
    };
    const std::string keys = letters(1 + random() % 5), input = letters(random() % 30);
    DetachKeys filter(keys);
    std::string output;
    bool seen = false;
    for (size_t i = 0; i < input.size() && !seen; i++) seen = filter.filter(input.substr(i, 1), output);
    filter.release(output);
    EXPECT_EQ(seen, input.find(keys) != std::string::npos) << keys << " in " << input;
    EXPECT_EQ(output, input.substr(0, input.find(keys)));
  }
}

}  // namespace
}  // namespace jobctl
