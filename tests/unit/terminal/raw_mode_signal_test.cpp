// The terminal's mode when signals end, stop and continue a client.
#include <stdlib.h>

#include "terminal/raw_mode.hpp"
#include "unit/terminal/shell.hpp"

namespace jobctl {
namespace {

class RawModeOfAClient : public testing::Test {
 protected:
  void wait_until_raw() {
    ASSERT_TRUE(wait_for([&] { return is_raw(pty_.master); }));
  }

  void expect_restored() { EXPECT_TRUE(same(mode_of(pty_.master), before_)); }

  Pty pty_;
  termios before_ = mode_of(pty_.master);
  Shell shell_{pty_, [this] {
                 const RawMode raw(pty_.slave.get(), KeyMode::raw);
                 for (char byte = 0; read(pty_.slave.get(), &byte, 1) == 1;)
                   if (byte == 'x') exit(3);
               }};
};

class RawModeAtSignal : public RawModeOfAClient, public testing::WithParamInterface<int> {};

INSTANTIATE_TEST_SUITE_P(, RawModeAtSignal,
                         testing::Values(SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGUSR1),
                         [](const auto& signal) {
                           return std::string("signal") + std::to_string(signal.param);
                         });

TEST_P(RawModeAtSignal, ComesBackAndTheSignalKills) {
  ASSERT_GT(shell_.client(), 0);
  wait_until_raw();
  kill(shell_.client(), GetParam());
  const int status = shell_.next_report();
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), GetParam());
  expect_restored();
}

TEST(RawModeWithAScreen, GivesItBackAtSignals) {
  for (const int signal : {SIGTERM, SIGTSTP}) {
    const Pty pty;
    Shell shell(pty, [&] {
      const RawMode raw(pty.slave.get(), KeyMode::watch, {pty.slave.get(), "in", "out"});
      for (;;) pause();
    });
    ASSERT_GT(shell.client(), 0);
    ASSERT_EQ(read_exactly(pty.master.get(), 2), "in");
    kill(shell.client(), signal);
    EXPECT_TRUE(signal == SIGTSTP ? WIFSTOPPED(shell.next_report()) : WIFSIGNALED(shell.next_report()));
    EXPECT_EQ(read_exactly(pty.master.get(), 3), "out");
    if (signal != SIGTSTP) continue;
    kill(shell.client(), SIGCONT);
    EXPECT_EQ(read_exactly(pty.master.get(), 2), "in");
  }
}

TEST_F(RawModeOfAClient, ComesBackAtExit) {
  ASSERT_GT(shell_.client(), 0);
  wait_until_raw();
  ASSERT_TRUE(write_all(pty_.master.get(), "x"));
  EXPECT_EQ(shell_.next_report(), 3 << 8);
  expect_restored();
}

TEST_F(RawModeOfAClient, ComesBackWhileItIsStopped) {
  ASSERT_GT(shell_.client(), 0);
  wait_until_raw();
  for (int round = 0; round < 3; round++) {
    kill(shell_.client(), SIGTSTP);
    const int status = shell_.next_report();
    ASSERT_TRUE(WIFSTOPPED(status));
    EXPECT_EQ(WSTOPSIG(status), SIGTSTP);
    expect_restored();
    kill(shell_.client(), SIGCONT);
    EXPECT_TRUE(WIFCONTINUED(shell_.next_report()));
    wait_until_raw();
  }
  kill(shell_.client(), SIGTERM);
  EXPECT_TRUE(WIFSIGNALED(shell_.next_report()));
  expect_restored();
}

TEST_F(RawModeOfAClient, IsSetAgainAfterAStopThatCannotBeCaught) {
  ASSERT_GT(shell_.client(), 0);
  wait_until_raw();
  kill(shell_.client(), SIGSTOP);
  ASSERT_TRUE(WIFSTOPPED(shell_.next_report()));
  ASSERT_EQ(tcsetattr(pty_.master.get(), TCSANOW, &before_), 0);  // as shells do
  kill(shell_.client(), SIGCONT);
  EXPECT_TRUE(WIFCONTINUED(shell_.next_report()));
  wait_until_raw();
}

// Gives the terminal to a process group of its own, as a shell does at `&` or when it goes on itself.
pid_t give_away(const Fd& terminal) {
  const pid_t other = fork();
  if (other == 0)
    for (;;) pause();
  setpgid(other, other);
  signal(SIGTTOU, SIG_IGN);
  tcsetpgrp(terminal.get(), other);
  signal(SIGTTOU, SIG_DFL);
  return other;
}

TEST(RawModeInBackground, LeavesTheTerminalToOthers) {
  const Pty pty;
  const termios before = mode_of(pty.master);
  Shell shell(pty, [&] {
    const pid_t other = give_away(pty.slave);
    { const RawMode raw(pty.slave.get(), KeyMode::raw); }
    kill(other, SIGKILL);
    _exit(5);
  });
  ASSERT_GT(shell.client(), 0);
  EXPECT_EQ(shell.next_report(), 5 << 8) << "not stopped by SIGTTOU";
  EXPECT_TRUE(same(mode_of(pty.master), before));
}

TEST(RawModeInBackground, DoesNotEvenRestoreIt) {
  const Pty pty;
  Shell shell(pty, [&] {
    const RawMode raw(pty.slave.get(), KeyMode::raw);
    const pid_t other = give_away(pty.slave);
    raise(SIGCONT);
    kill(other, SIGKILL);
    raise(SIGTERM);
  });
  ASSERT_GT(shell.client(), 0);
  const int status = shell.next_report();
  EXPECT_TRUE(WIFSIGNALED(status)) << "not stopped by SIGTTOU";
  EXPECT_TRUE(is_raw(pty.master)) << "the mode is the shell's affair now";
}

}  // namespace
}  // namespace jobctl
