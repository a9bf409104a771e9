#include "terminal/raw_mode.hpp"

#include "unit/terminal/shell.hpp"
#include "util/error.hpp"

namespace jobctl {
namespace {

TEST(RawMode, LastsAsLongAsItLives) {
  const Pty pty;
  const termios before = mode_of(pty.slave);
  {
    const RawMode raw(pty.slave.get(), KeyMode::raw);
    EXPECT_TRUE(is_raw(pty.slave));
    EXPECT_EQ(mode_of(pty.slave).c_lflag & (ECHO | ISIG | IEXTEN), 0U);
    EXPECT_EQ(mode_of(pty.slave).c_iflag & (IXON | ICRNL), 0U);
    EXPECT_EQ(mode_of(pty.slave).c_oflag & OPOST, 0U);
  }
  EXPECT_TRUE(same(mode_of(pty.slave), before));
}

TEST(RawMode, KeepsSignalsAndOutputForAJobWithoutTerminal) {
  const Pty pty;
  const RawMode raw(pty.slave.get(), KeyMode::watch);
  EXPECT_TRUE(is_raw(pty.slave));
  EXPECT_NE(mode_of(pty.slave).c_lflag & ISIG, 0U);
  EXPECT_NE(mode_of(pty.slave).c_oflag & OPOST, 0U);
  EXPECT_EQ(mode_of(pty.slave).c_iflag & IXON, 0U) << "Ctrl+Q is one of the detach keys";
}

TEST(RawMode, ComesBackWhenAnExceptionPasses) {
  const Pty pty;
  try {
    const RawMode raw(pty.slave.get(), KeyMode::raw);
    throw Error(Errc::failed, "x");
  } catch (const Error&) {
  }
  EXPECT_FALSE(is_raw(pty.slave));
}

TEST(RawMode, CanBeSetAgain) {
  const Pty first, second;
  { const RawMode raw(first.slave.get(), KeyMode::raw); }
  const RawMode raw(second.slave.get(), KeyMode::raw);
  EXPECT_FALSE(is_raw(first.slave));
  EXPECT_TRUE(is_raw(second.slave));
}

TEST(RawMode, TakesTheScreenWithIt) {
  const Pty pty;
  int before = 0;
  {
    const RawMode raw(pty.slave.get(), KeyMode::watch, {pty.slave.get(), "in", "out"});
    EXPECT_TRUE(raw.is_active());
    before = raw.times_set();
    EXPECT_EQ(read_exactly(pty.master.get(), 2), "in");
  }
  EXPECT_EQ(read_exactly(pty.master.get(), 3), "out");
  const RawMode again(pty.slave.get(), KeyMode::watch);
  EXPECT_EQ(again.times_set(), before + 1);
}

TEST(RawMode, TellsWhatIsNoTerminal) {
  const Fd null(open("/dev/null", O_RDWR | O_CLOEXEC));
  EXPECT_THROW(RawMode(null.get(), KeyMode::raw), Error);
}

void do_nothing(int) {}

TEST(RawMode, GivesSignalsBack) {
  const Pty pty;
  struct sigaction action = {};
  {
    const RawMode raw(pty.slave.get(), KeyMode::raw);
    ASSERT_EQ(sigaction(SIGTERM, nullptr, &action), 0);
    EXPECT_NE(action.sa_handler, SIG_DFL);
  }
  ASSERT_EQ(sigaction(SIGTERM, nullptr, &action), 0);
  EXPECT_EQ(action.sa_handler, SIG_DFL);
}

TEST(RawMode, LeavesSignalsToTheirHandlers) {
  const Pty pty;
  signal(SIGUSR1, do_nothing);
  signal(SIGHUP, SIG_IGN);
  {
    const RawMode raw(pty.slave.get(), KeyMode::raw);
    raise(SIGUSR1);
    raise(SIGHUP);
    EXPECT_TRUE(is_raw(pty.slave));
  }
  EXPECT_EQ(signal(SIGUSR1, SIG_DFL), do_nothing);
  EXPECT_EQ(signal(SIGHUP, SIG_DFL), SIG_IGN);
}

}  // namespace
}  // namespace jobctl
