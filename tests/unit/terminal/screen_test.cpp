#include "terminal/screen.hpp"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "util/fd.hpp"

namespace jobctl {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// The modes that are active after `output`, fed in pieces of every size: one, if all is well.
std::string mode_after(std::string_view output) {
  std::set<std::string> modes;
  for (size_t size = output.size(); size > 0; size--) {
    AlternateScreen screen;
    for (size_t i = 0; i < output.size(); i += size) screen.feed(output.substr(i, size));
    modes.insert(std::string(screen.mode()));
  }
  return modes.size() == 1 ? *modes.begin() : testing::PrintToString(modes);
}

TEST(AlternateScreen, IsKnownFromTheOutput) {
  EXPECT_EQ(mode_after("plain text"), "");
  EXPECT_EQ(mode_after("$ vi\r\n\x1b[?1049h\x1b[2J"), "1049");
  EXPECT_EQ(mode_after("\x1b[?47h"), "47");
  EXPECT_EQ(mode_after("\x1b[?1047h"), "1047");
  EXPECT_EQ(mode_after("\x1b[?1049h text \x1b[31m\x1b[?1049l$ "), "");
}

TEST(AlternateScreen, IsFoundAmongOtherModes) {
  EXPECT_EQ(mode_after("\x1b[?1;1049;25h"), "1049");
  EXPECT_EQ(mode_after("\x1b[?1049h\x1b[?25l"), "1049");
  EXPECT_EQ(mode_after("\x1b[?2004h"), "");
}

TEST(AlternateScreen, IsNotWhatOnlyLooksLikeIt) {
  EXPECT_EQ(mode_after("\x1b[1049h"), "");
  EXPECT_EQ(mode_after("[?1049h"), "");
  EXPECT_EQ(mode_after("\x1b[?1049m"), "");
  EXPECT_EQ(mode_after("\x1b[?1049\x18h"), "");
  EXPECT_EQ(mode_after("\x1b[?" + std::string(5000, '0') + "1049h"), "");
}

TEST(AlternateScreen, IsSeenAfterABrokenSequence) {
  EXPECT_EQ(mode_after("\x1b\x1b[?1049h"), "1049");
  EXPECT_EQ(mode_after("\x1b[?10\x1b[?1049h"), "1049");
}

std::string written_by_reset(const AlternateScreen& screen) {
  int fds[2];
  EXPECT_EQ(pipe(fds), 0);
  const Fd reader(fds[0]);
  Fd writer(fds[1]);
  EXPECT_TRUE(reset_screen(writer.get(), screen));
  writer.reset();
  return read_all(reader.get(), "pipe");
}

TEST(ResetScreen, UndoesWhatAJobLeavesBehind) {
  const std::string text = written_by_reset({});
  for (const char* sequence :
       {"\x1b[m", "\x1b[?25h", "\x1b[?1000l", "\x1b[?1006l", "\x1b[?2004l", "\x1b>", "\x1b(B\x0f"})
    EXPECT_THAT(text, HasSubstr(sequence));
}

TEST(ResetScreen, ClearsNothingAndMovesNoCursor) {
  const std::string text = written_by_reset({});
  for (const char* sequence : {"J", "K", "H", "\x1b\x63", "1049", "47l", "\n", "\r"})
    EXPECT_THAT(text, Not(HasSubstr(sequence)));
}

TEST(ResetScreen, LeavesTheAlternateScreenTheWayItWasEntered) {
  AlternateScreen screen;
  screen.feed("\x1b[?1049h");
  EXPECT_THAT(written_by_reset(screen), StartsWith("\x1b[?1049l"));
}

TEST(ResetScreen, SaysWhenItCannot) {
  EXPECT_FALSE(reset_screen(-1));
}

}  // namespace
}  // namespace jobctl
