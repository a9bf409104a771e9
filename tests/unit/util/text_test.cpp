#include "util/text.hpp"

#include <gmock/gmock.h>

#include "util/utf8.hpp"

namespace jobctl {
namespace {

using testing::ElementsAre;
using namespace std::string_literals;

std::string every_byte() {
  std::string bytes;
  for (int byte = 0; byte < 256; byte++) bytes += static_cast<char>(byte);
  return bytes;
}

TEST(Split, KeepsEmptyParts) {
  EXPECT_THAT(split("a,b", ','), ElementsAre("a", "b"));
  EXPECT_THAT(split("", ','), ElementsAre(""));
  EXPECT_THAT(split(",a,,", ','), ElementsAre("", "a", "", ""));
  EXPECT_THAT(split("a\0b"s, '\0'), ElementsAre("a", "b"));
}

TEST(Join, PutsTheSeparatorBetween) {
  EXPECT_EQ(join({}, ", "), "");
  EXPECT_EQ(join({"a"}, ", "), "a");
  EXPECT_EQ(join({"a", "", "b"}, ", "), "a, , b");
}

TEST(PrintableAscii, ReplacesEverythingElse) {
  EXPECT_EQ(printable_ascii("train ~!\"'%$", 80), "train ~!\"'%$");
  EXPECT_EQ(printable_ascii("a\nb\tc\x1b[0m\x7f\\n", 80), "a?b?c?[0m??n");
  EXPECT_EQ(printable_ascii("\xc3\xa9\xff", 80), "???");
  EXPECT_EQ(printable_ascii("a\0b"s, 80), "a?b");
}

TEST(PrintableAscii, IsNeverLongerThanItsLimit) {
  EXPECT_EQ(printable_ascii("abcdef", 3), "abc");
  EXPECT_EQ(printable_ascii("abc", 3), "abc");
  EXPECT_EQ(printable_ascii("abc", 0), "");
}

TEST(QuotePath, KeepsWhatUnitFilesCarryUnchanged) {
  EXPECT_EQ(quote_path("/home/a_b/x.log:1,2@3+4-5"), "/home/a_b/x.log:1,2@3+4-5");
}

TEST(QuotePath, WritesTheRestAsHex) {
  EXPECT_EQ(quote_path("/a b%h$x\\=\"\n"), "/a=20b=25h=24x=5C=3D=22=0A");
  EXPECT_EQ(quote_path("\xc3\xa9\xff"), "=C3=A9=FF");
}

TEST(QuotePath, RoundTripsEveryByte) {
  EXPECT_EQ(unquote_path(quote_path(every_byte())), every_byte());
}

TEST(UnquotePath, LeavesMalformedEscapesAlone) {
  EXPECT_EQ(unquote_path("a=4"), "a=4");
  EXPECT_EQ(unquote_path("a="), "a=");
  EXPECT_EQ(unquote_path("=zz=4g"), "=zz=4g");
  EXPECT_EQ(unquote_path("=41=4a=4A"), "AJJ");
}

TEST(UnitEscape, IsThatOfSystemdEscape) {  // outputs of systemd-escape(1)
  EXPECT_EQ(unit_escape("training"), "training");
  EXPECT_EQ(unit_escape("a/b"), "a-b");
  EXPECT_EQ(unit_escape("llama-server"), "llama\\x2dserver");
  EXPECT_EQ(unit_escape(".hidden.x"), "\\x2ehidden.x");
  EXPECT_EQ(unit_escape("a b@c\\d:e_f"), "a\\x20b\\x40c\\x5cd:e_f");
  EXPECT_EQ(unit_escape("\xc3\xa9\n%"), "\\xc3\\xa9\\x0a\\x25");
}

TEST(ShellQuote, QuotesOnlyWhereNeeded) {
  EXPECT_EQ(shell_quote({"python3", "train.py", "--epochs=90", "a@b:c+d%e,f"}),
            "python3 train.py --epochs=90 a@b:c+d%e,f");
  EXPECT_EQ(shell_quote({"echo", "a b", "", "$HOME", "~", "*"}), "echo 'a b' '' '$HOME' '~' '*'");
  EXPECT_EQ(shell_quote({"echo", "it's"}), "echo 'it'\\''s'");
  EXPECT_EQ(shell_quote({}), "");
}

TEST(ShellQuote, AFirstWordIsNoAssignment) {
  EXPECT_EQ(shell_quote({"A=b", "A=b"}), "'A=b' A=b");
  EXPECT_EQ(shell_quote({"echo", "=ls"}), "echo '=ls'");
}

TEST(ShellQuote, KeepsTheLineAndTheTerminalWhole) {
  EXPECT_EQ(shell_quote({"echo", "a\nb\tc"}), "echo $'a\\nb\\tc'");
  EXPECT_EQ(shell_quote({"echo", "\x1b]0;x\x07'\\"}), "echo $'\\033]0;x\\007\\'\\\\'");
  EXPECT_EQ(shell_quote({"\xff"
                         "9"}),
            "$'\\3779'");
  EXPECT_EQ(shell_quote({"\xc2\x9b"
                         "31m"}),
            "$'\\302\\23331m'");  // CSI as one character
  EXPECT_EQ(shell_quote({"\xc3\xa9t\xc3\xa9"}), "'\xc3\xa9t\xc3\xa9'");
}

TEST(ShellQuote, AShellReadsItBack) {
  std::string bytes = every_byte().substr(1);
  FILE* shell = popen(("bash -c " + shell_quote({"printf %s " + shell_quote({bytes})})).c_str(), "r");
  ASSERT_NE(shell, nullptr);
  char buffer[1024];
  const size_t size = fread(buffer, 1, sizeof buffer, shell);
  EXPECT_EQ(pclose(shell), 0);
  EXPECT_EQ(std::string(buffer, size), bytes);
}

TEST(Closest, FindsAMisspeltWord) {
  const std::vector<std::string> verbs = {"start", "status", "list", "kill", "restart", "attach", "flush"};
  EXPECT_EQ(closest("lst", verbs), "list");
  EXPECT_EQ(closest("strat", verbs), "start");
  EXPECT_EQ(closest("retsart", verbs), "restart");
  EXPECT_EQ(closest("kill", verbs), "kill");
  EXPECT_EQ(closest("atach", verbs), "attach");
}

TEST(Closest, FindsNothingWhereNothingIsNear) {
  EXPECT_EQ(closest("frobnicate", {"start", "list"}), "");
  EXPECT_EQ(closest("", {"a", "list"}), "");
  EXPECT_EQ(closest("x", {"a", "b"}), "");
  EXPECT_EQ(closest("list", {}), "");
  EXPECT_EQ(closest(std::string(100'000, 'a'), {"start"}), "");
}

TEST(ValidUtf8, KeepsWhatIsValid) {
  const std::string text = "caf\xc3\xa9 \xe6\x97\xa5 \xf0\x9f\x98\x80 \x7f\n";
  EXPECT_EQ(valid_utf8(text), text);
}

TEST(ValidUtf8, ReplacesWhatIsNot) {
  const std::string mark = "\xef\xbf\xbd";
  EXPECT_EQ(valid_utf8("a\xff"
                       "b"),
            "a" + mark + "b");
  EXPECT_EQ(valid_utf8("\xc3"), mark);                                   // cut short
  EXPECT_EQ(valid_utf8("\xc0\xaf"), mark + mark);                        // overlong '/'
  EXPECT_EQ(valid_utf8("\xed\xa0\x80"), mark + mark + mark);             // surrogate
  EXPECT_EQ(valid_utf8("\xf4\x90\x80\x80"), mark + mark + mark + mark);  // above U+10FFFF
  EXPECT_EQ(valid_utf8("\xe2\x82"
                       "a"),
            mark + mark + "a");
}

TEST(FirstUtf8, TellsCodeAndSize) {
  EXPECT_EQ(first_utf8("a").code, U'a');
  EXPECT_EQ(first_utf8("\xf0\x9f\x98\x80z").code, U'\U0001F600');
  EXPECT_EQ(first_utf8("\xf0\x9f\x98\x80z").size, 4U);
  EXPECT_EQ(first_utf8("\0"s).size, 1U);
  EXPECT_EQ(first_utf8("").size, 0U);
  EXPECT_EQ(first_utf8("\x80").size, 0U);
}

TEST(ShellSplit, TakesWordsAndQuotes) {
  const auto words = [](const char* text) { return shell_split(text).value(); };
  using Words = std::vector<std::string>;
  EXPECT_EQ(words(" a  b\tc\nd "), (Words{"a", "b", "c", "d"}));
  EXPECT_EQ(words("sh -c 'exit 0' \"a \\\" b\" ''"), (Words{"sh", "-c", "exit 0", "a \" b", ""}));
  EXPECT_EQ(words("a'b'c\\ d $HOME *"), (Words{"abc d", "$HOME", "*"}));
  EXPECT_EQ(words("'\\'\"\\x\""), (Words{"\\\\x"}));
  EXPECT_EQ(words(""), Words());
}

TEST(ShellSplit, RefusesWhatIsNotClosed) {
  for (const char* text : {"'", "a 'b", "\"", "\"a\\\"", "a\\"})
    EXPECT_EQ(shell_split(text), std::nullopt) << text;
}

TEST(ShellSplit, TakesBackWhatShellQuoteWrote) {
  const std::vector<std::string> argv = {"echo", "a b", "", "$HOME", "it's", "\"", "~"};
  EXPECT_EQ(shell_split(shell_quote(argv)), argv);
}

}  // namespace
}  // namespace jobctl
