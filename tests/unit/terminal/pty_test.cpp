#include "terminal/pty.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <termios.h>

#include "unit/terminal/support.hpp"
#include "util/error.hpp"

namespace jobctl {
namespace {

bool is_cloexec(int fd) {
  return (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0;
}

TEST(Pty, CarriesBytesBothWays) {
  const Pty pty;
  ASSERT_TRUE(write_all(pty.slave.get(), "out\n"));
  EXPECT_EQ(read_exactly(pty.master.get(), 5), "out\r\n");
  ASSERT_TRUE(write_all(pty.master.get(), "in\n"));
  EXPECT_EQ(read_exactly(pty.slave.get(), 3), "in\n");
}

TEST(Pty, IsNotInheritedByAccident) {
  const Pty pty;
  EXPECT_TRUE(is_cloexec(pty.master.get()));
  EXPECT_TRUE(is_cloexec(pty.slave.get()));
}

TEST(Pty, HasTheSizeItIsGiven) {
  const Pty pty;
  EXPECT_EQ(window_size(pty.slave.get()), (WindowSize{24, 80}));
  set_window_size(pty.master.get(), {50, 65535});
  EXPECT_EQ(window_size(pty.slave.get()), (WindowSize{50, 65535}));
}

TEST(Pty, KeepsItsSizeRatherThanNone) {
  const Pty pty;
  set_window_size(pty.master.get(), {0, 80});
  set_window_size(pty.master.get(), {24, 0});
  EXPECT_EQ(window_size(pty.slave.get()), (WindowSize{24, 80}));
}

TEST(Pty, HasNoSizeWhereThereIsNoTerminal) {
  const Fd null(open("/dev/null", O_RDWR | O_CLOEXEC));
  EXPECT_EQ(window_size(null.get()), WindowSize{});
}

TEST(Pty, EditsUtf8) {
  const Pty pty;
  termios mode = {};
  ASSERT_EQ(tcgetattr(pty.slave.get(), &mode), 0);
  EXPECT_NE(mode.c_iflag & IUTF8, 0U);
}

TEST(Pty, OpensNoSlaveOfWhatIsNoTerminal) {
  const Fd null(open("/dev/null", O_RDWR | O_CLOEXEC));
  EXPECT_THROW(open_slave(null.get()), Error);
}

TEST(Pty, BecomesTheControllingTerminalOfAChild) {
  const Pty pty;
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    make_controlling_terminal(pty.slave.get());
    const Fd terminal(open("/dev/tty", O_RDWR | O_CLOEXEC));
    const bool good = terminal && getsid(0) == getpid() && tcgetpgrp(terminal.get()) == getpgrp();
    _exit(good && write_all(terminal.get(), "hello") ? 0 : 1);
  }
  EXPECT_EQ(read_exactly(pty.master.get(), 5), "hello");
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST(Pty, SendsCtrlCToTheChildsJob) {
  const Pty pty;
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    make_controlling_terminal(pty.slave.get());
    write_all(pty.slave.get(), "r");
    for (;;) pause();
  }
  ASSERT_EQ(read_exactly(pty.master.get(), 1), "r");
  ASSERT_TRUE(write_all(pty.master.get(), "\x03"));
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT) << status;
}

TEST(Pty, CannotBeTakenFromAnotherSession) {
  const Pty pty;
  int pipe_fds[2];
  ASSERT_EQ(pipe2(pipe_fds, O_CLOEXEC), 0);
  const Fd reader(pipe_fds[0]);
  Fd writer(pipe_fds[1]);
  const pid_t owner = fork();
  if (owner == 0) {
    make_controlling_terminal(pty.slave.get());
    write_all(writer.get(), "x");
    for (;;) pause();
  }
  ASSERT_EQ(read_exactly(reader.get(), 1), "x");
  const pid_t thief = fork();
  if (thief == 0) {
    try {
      make_controlling_terminal(pty.slave.get());
    } catch (const Error&) {
      _exit(3);
    }
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(thief, &status, 0), thief);
  EXPECT_EQ(WEXITSTATUS(status), 3);
  kill(owner, SIGKILL);
  waitpid(owner, nullptr, 0);
}

}  // namespace
}  // namespace jobctl
