#include "job/placeholders.hpp"

#include <gtest/gtest.h>

#include "util/error.hpp"

namespace jobctl {
namespace {

using Names = std::vector<std::string>;

TEST(Placeholders, AreNamesInBraces) {
  EXPECT_EQ(placeholders("", "x"), Names());
  EXPECT_EQ(placeholders("--port={port}", "x"), Names({"port"}));
  EXPECT_EQ(placeholders("{a}{b-2}:{a}", "x"), Names({"a", "b-2", "a"}));
  EXPECT_EQ(placeholders("{{port}} }}{{", "x"), Names());
}

TEST(Placeholders, RefuseABraceThatIsAlone) {
  for (const char* text : {"{", "}", "a{b", "a}b", "{}", "{A}", "{ port }", "{1}", "{{{", "{a}}", "{a{b}}"})
    EXPECT_THROW(placeholders(text, "f.toml:3:1: command"), Error) << text;
}

TEST(Placeholders, AreFilledInByteForByte) {
  const std::map<std::string, std::string> values = {{"a", "{b}"}, {"b", "$HOME % \\ \"'\n\xff"}, {"c", ""}};
  EXPECT_EQ(fill_in("x", values), "x");
  EXPECT_EQ(fill_in("{a}", values), "{b}");  // what stands in a value is no placeholder
  EXPECT_EQ(fill_in("-{b}-{c}-", values), "-$HOME % \\ \"'\n\xff--");
  EXPECT_EQ(fill_in("{{{c}}}", values), "{}");
}

TEST(Placeholders, WithoutAValueLeaveNothing) {
  EXPECT_EQ(fill_in("--x={x}", {}), std::nullopt);
  EXPECT_EQ(fill_in("{a} {x}", {{"a", "1"}}), std::nullopt);
}

}  // namespace
}  // namespace jobctl
