#include "job/unit_escape.hpp"

#include <gtest/gtest.h>

namespace jobctl {
namespace {

struct Case {
  std::string text;
  std::string written;
};

TEST(UnitEscape, WordsAreNeitherSplitNorExpanded) {
  const Case cases[] = {
      {"plain", "plain"},
      {"--epochs=90", "--epochs=90"},
      {"", R"("")"},
      {" ", R"(" ")"},
      {"a b", R"("a b")"},
      {"$HOME", "$$HOME"},
      {"${HOME}", R"("$${HOME}")"},
      {"$$", "$$$$"},
      {"%n", "%%n"},
      {"100%", "100%%"},
      {"it's", R"("it's")"},
      {R"("quoted")", R"("\"quoted\"")"},
      {R"(\)", R"("\\")"},
      {R"(\;)", R"("\\;")"},
      {";", R"(";")"},
      {"#no comment", R"("#no comment")"},
      {"a\nExecStart=/bin/false", R"("a\nExecStart=/bin/false")"},
      {"\t\r\x1b\x7f", R"("\t\x0d\x1b\x7f")"},
      {"\xc3\xbc", R"("\xc3\xbc")"},
      {"\xff\xfe", R"("\xff\xfe")"},
      {"@-:+!|", R"("@-:+!|")"},
      {"~/x*", R"("~/x*")"},
  };
  for (const auto& [text, written] : cases) EXPECT_EQ(exec_word(text), written);
}

TEST(UnitEscape, KnowsWhatTheBusCantCarry) {
  for (const char* text : {"", "a\n", "\xc3\xbc", "\xf0\x9f\x98\x80"})
    EXPECT_TRUE(can_be_shown(text)) << text;
  // Bytes that aren't UTF-8, a surrogate, and what is no character.
  for (const char* text : {"\xff", "a\xc3", "\xed\xa0\x80", "\xef\xbf\xbf", "\xef\xb7\x90"})
    EXPECT_FALSE(can_be_shown(text)) << text;
}

TEST(UnitEscape, AProgramIsCalledAsItWas) {
  const std::string env = "/usr/bin/env";
  EXPECT_EQ(exec_program(env, env), env);
  EXPECT_EQ(exec_program(env, "env"), "@/usr/bin/env env");
  EXPECT_EQ(exec_program(env, "$x"), "@/usr/bin/env $$x");
  EXPECT_EQ(exec_program(env, ""), R"(@/usr/bin/env "")");
  EXPECT_EQ(exec_program("/a b", "/a b"), R"("/a b")");
  EXPECT_EQ(exec_program("/a%h", "/a%h"), "/a%%h");
  // What systemd changes in argv[0] is given as a word of its own.
  EXPECT_EQ(exec_program("/a//b", "/a//b"), "@/a//b /a//b");
  EXPECT_EQ(exec_program("/a/./b", "/a/./b"), "@/a/./b /a/./b");
  EXPECT_EQ(exec_program("/a$b", "/a$b"), "@/a$b /a$$b");
}

TEST(UnitEscape, SomeProgramsCantBeNamed) {
  for (const char* path :
       {"", "env", "./env", "/a\"b", "/a'b", "/a\\b", "/a\nb", "/a\x7f", "/a/", "/\xff", "/\xef\xbf\xbf"})
    EXPECT_EQ(exec_program(path, path), std::nullopt) << path;
  EXPECT_EQ(exec_program("/" + std::string(5000, 'x'), "x"), std::nullopt);
}

TEST(UnitEscape, VariablesKeepTheirValue) {
  EXPECT_EQ(environment_setting("A=b"), "A=b");
  EXPECT_EQ(environment_setting("_A1="), "_A1=");
  EXPECT_EQ(environment_setting("A=b c"), R"("A=b c")");
  EXPECT_EQ(environment_setting("A=$HOME %h"), R"("A=$HOME %%h")");  // only '%' means something here
  EXPECT_EQ(environment_setting("A=\n\"\\"), R"("A=\n\"\\")");
  EXPECT_EQ(environment_setting("A=\xc3\xbc"), R"("A=\xc3\xbc")");
}

TEST(UnitEscape, SomeVariablesCantBeSet) {
  for (const char* assignment :
       {"", "A", "=x", "1A=x", "A.B=x", "A B=x", "BASH_FUNC_f%%=x", "A=\xff", "A=\xef\xb7\x90"})
    EXPECT_EQ(environment_setting(assignment), std::nullopt) << assignment;
}

TEST(UnitEscape, PathsAreNeitherQuotedNorCut) {
  EXPECT_EQ(path_setting("/"), "/");
  EXPECT_EQ(path_setting("/a b/\"c'"), "/a b/\"c'");
  EXPECT_EQ(path_setting("/100%"), "/100%%");
  EXPECT_EQ(path_setting("/\xc3\xbc"), "/\xc3\xbc");
}

TEST(UnitEscape, SomePathsCantBeSaid) {
  for (const char* path :
       {"", "relative", "~", "/a\nb", "/a\rb", "/a\tb", "/\xff", "/a/../b", "/..", "/end ", "/end\\"})
    EXPECT_EQ(path_setting(path), std::nullopt) << path;
  EXPECT_EQ(path_setting("/" + std::string(5000, 'x')), std::nullopt);
}

TEST(UnitEscape, FreeTextIsOneLine) {
  EXPECT_EQ(text_setting("  nightly: 50% of\nwork\\ ", 100), "nightly: 50%% of?work?");
  EXPECT_EQ(text_setting(" ", 100), "");
  EXPECT_EQ(text_setting("long", 2), "lo");
}

}  // namespace
}  // namespace jobctl
