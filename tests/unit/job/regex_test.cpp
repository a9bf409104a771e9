#include "job/regex.hpp"

#include <gtest/gtest.h>

#include "util/error.hpp"

namespace jobctl {
namespace {

std::string refusal_of(const std::string& pattern) try {
  check_regex(pattern, "log");
  return "";
} catch (const Error& error) {
  return error.what();
}

TEST(Regex, WhatPeopleLookForIsTaken) {
  for (const char* pattern :
       {"^ready$", "model (loaded|ready)", "[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}",
        "([0-9]{1,3}\\.){3}[0-9]{1,3}:[0-9]+", "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "((a+)+)+",
        "a{1000}", "listening on .*:{2}", "{", "a{", "a{x}", ""})
    EXPECT_EQ(refusal_of(pattern).find("repeats"), std::string::npos) << pattern;
  EXPECT_EQ(refusal_of("a{1000}"), "");
}

TEST(Regex, OneThatWouldBeUnfoldedForEverIsRefused) {
  EXPECT_EQ(refusal_of("((((a{1,100}){1,100}){1,100}){1,100})"),
            "log: \"((((a{1,100}){1,100}){1,100}){1,100})\" repeats too much to be looked for");
  std::string nested = "a";
  for (int i = 0; i < 40; ++i) nested = "(" + nested + "+)";
  for (const std::string& pattern :
       {nested + "+", std::string("a{30000}"), std::string("a{30000,}"), std::string("a{100}{100}{100}"),
        std::string("(a{200}b){200}"), std::string("a{99999999999999999999}{2}{99999999}{99999999}"),
        "a" + std::string(40, '+'), std::string(10000, 'a')})
    EXPECT_NE(refusal_of(pattern), "") << pattern.substr(0, 40);
}

TEST(Regex, WhatIsNoneIsRefused) {
  for (const char* wrong : {"[", "(", "a{2,1}", "*a)("}) EXPECT_NE(refusal_of(wrong), "") << wrong;
}

}  // namespace
}  // namespace jobctl
