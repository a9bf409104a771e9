#include "output/style.hpp"

#include <cstdlib>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/ioctl.h>

#include "util/fd.hpp"

namespace jobctl {
namespace {

// A terminal of 100 columns, and an environment in which it is used in colour.
class OnATerminal : public testing::Test {
 protected:
  OnATerminal() {
    int master = -1, slave = -1;
    const winsize size = {.ws_row = 24, .ws_col = 100, .ws_xpixel = 0, .ws_ypixel = 0};
    if (openpty(&master, &slave, nullptr, nullptr, &size) == 0) {
      master_ = Fd(master);
      terminal_ = Fd(slave);
    }
    setenv("TERM", "xterm", 1);
    setenv("HOME", "/home/alice", 1);
    unsetenv("NO_COLOR");
    unsetenv("COLUMNS");
  }
  ~OnATerminal() override {
    unsetenv("COLUMNS");
    unsetenv("NO_COLOR");
  }
  void SetUp() override {
    if (!terminal_) GTEST_SKIP() << "no pseudo-terminal";
  }
  void resize(unsigned short columns) const {
    const winsize size = {.ws_row = 24, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
    ASSERT_EQ(ioctl(terminal_.get(), TIOCSWINSZ, &size), 0);
  }
  Style style() const { return style_of(terminal_.get()); }

 private:
  Fd master_, terminal_;
};

class NotOnATerminal : public OnATerminal {
 protected:
  Style style() const { return style_of(null_.get()); }

 private:
  Fd null_{open("/dev/null", O_WRONLY | O_CLOEXEC)};
};

TEST_F(OnATerminal, ThereIsColorAWidthAndAHome) {
  EXPECT_TRUE(style().colored);
  EXPECT_EQ(style().width, 100U);
  EXPECT_EQ(style().home, "/home/alice");
}

TEST_F(OnATerminal, NoColorTurnsColorsOff) {
  setenv("NO_COLOR", "1", 1);
  EXPECT_FALSE(style().colored);
  EXPECT_EQ(style().width, 100U);
}

TEST_F(OnATerminal, AnEmptyNoColorMeansNothing) {
  setenv("NO_COLOR", "", 1);
  EXPECT_TRUE(style().colored);
}

TEST_F(OnATerminal, ADumbTerminalHasNoColors) {
  setenv("TERM", "dumb", 1);
  EXPECT_FALSE(style().colored);
  unsetenv("TERM");
  EXPECT_FALSE(style().colored);
}

TEST_F(OnATerminal, TheTerminalKnowsItsWidthBetterThanTheEnvironment) {
  setenv("COLUMNS", "40", 1);
  EXPECT_EQ(style().width, 100U);
}

TEST_F(OnATerminal, ATerminalOfUnknownWidthHasThatOfTheEnvironmentOr80) {
  resize(0);
  EXPECT_EQ(style().width, 80U);
  setenv("COLUMNS", "40", 1);
  EXPECT_EQ(style().width, 40U);
}

TEST_F(NotOnATerminal, EverythingIsForPrograms) {
  EXPECT_FALSE(style().colored);
  EXPECT_EQ(style().width, 0U);
  EXPECT_EQ(style().home, "");
}

TEST_F(NotOnATerminal, ColumnsCanBeAskedFor) {
  setenv("COLUMNS", "72", 1);
  EXPECT_EQ(style().width, 72U);
}

TEST_F(NotOnATerminal, NonsenseInColumnsIsIgnored) {
  for (const char* text : {"", "wide", "80x", "-5", "99999999999999999999999", " 80"}) {
    setenv("COLUMNS", text, 1);
    EXPECT_EQ(style().width, 0U) << text;
  }
}

TEST(Painted, OnlyInColor) {
  const Style colored = {.colored = true, .width = 0, .home = ""};
  EXPECT_EQ(painted("x", Color::green, colored), "\x1b[32mx\x1b[0m");
  EXPECT_EQ(painted("x", Color::yellow, colored), "\x1b[33mx\x1b[0m");
  EXPECT_EQ(painted("x", Color::red, colored), "\x1b[31mx\x1b[0m");
  EXPECT_EQ(painted("x", Color::dim, colored), "\x1b[2mx\x1b[0m");
  EXPECT_EQ(painted("x", Color::none, colored), "x");
  EXPECT_EQ(painted("x", Color::red, Style{}), "x");
}

TEST(ShortPath, ShowsTheHomeDirectoryAsATilde) {
  const Style style = {.colored = false, .width = 0, .home = "/home/al"};
  EXPECT_EQ(short_path("/home/al/x", style), "~/x");
  EXPECT_EQ(short_path("/home/al", style), "~");
  EXPECT_EQ(short_path("/home/alice/x", style), "/home/alice/x");
  EXPECT_EQ(short_path("/home", style), "/home");
  EXPECT_EQ(short_path("", style), "");
}

TEST(ShortPath, OddHomesAreHarmless) {
  for (const char* home : {"", "/", "//"}) {
    const Style style = {.colored = false, .width = 0, .home = home};
    EXPECT_EQ(short_path("/etc/x", style), "/etc/x") << home;
  }
  const Style slash = {.colored = false, .width = 0, .home = "/home/al/"};
  EXPECT_EQ(short_path("/home/al/x", slash), "~/x");
}

}  // namespace
}  // namespace jobctl
