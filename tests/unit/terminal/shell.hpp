// A terminal with a shell and a foreground job, for tests of what clients do to their terminal.
#pragma once

#include <algorithm>
#include <cstring>
#include <iterator>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "unit/terminal/support.hpp"

namespace jobctl {

inline termios mode_of(const Fd& terminal) {
  termios mode = {};
  EXPECT_EQ(tcgetattr(terminal.get(), &mode), 0);
  return mode;
}

inline bool is_raw(const Fd& terminal) {
  return (mode_of(terminal).c_lflag & ICANON) == 0;
}

inline bool same(const termios& a, const termios& b) {
  return a.c_iflag == b.c_iflag && a.c_oflag == b.c_oflag && a.c_cflag == b.c_cflag &&
         a.c_lflag == b.c_lflag && std::equal(std::begin(a.c_cc), std::end(a.c_cc), std::begin(b.c_cc));
}

// What a shell is to a client: it leads the terminal's session, runs the client as foreground job and reports
// what becomes of it. (A process group without such a parent can't be stopped by Ctrl+Z.)
class Shell {
 public:
  Shell(const Pty& pty, const std::function<void()>& client) {
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) < 0) throw std::runtime_error("pipe2");
    reports_ = Fd(fds[0]);
    Fd writer(fds[1]);
    shell_ = fork();
    if (shell_ != 0) return;
    make_controlling_terminal(pty.slave.get());
    signal(SIGTTOU, SIG_IGN);
    run(pty.slave.get(), writer.get(), client);
  }
  ~Shell() {
    kill(-client_, SIGKILL);
    kill(shell_, SIGKILL);
    waitpid(shell_, nullptr, 0);
  }

  // The client's process ID, then each change of its state as wait(2) tells it.
  int next_report() {
    int report = 0;
    const std::string data = read_exactly(reports_.get(), sizeof report);
    if (data.size() == sizeof report) memcpy(&report, data.data(), sizeof report);
    return report;
  }
  pid_t client() { return client_ == 0 ? client_ = next_report() : client_; }

 private:
  [[noreturn]] static void run(int terminal, int reports, const std::function<void()>& client) {
    int report = fork();
    if (report == 0) {
      setpgid(0, 0);
      tcsetpgrp(terminal, getpid());
      signal(SIGTTOU, SIG_DFL);
      client();
      exit(0);
    }
    const pid_t child = report;
    do {
      write_all(reports, {reinterpret_cast<const char*>(&report), sizeof report});
    } while (waitpid(child, &report, WUNTRACED | WCONTINUED) == child);
    for (;;) pause();
  }

  Fd reports_;
  pid_t shell_ = 0;
  pid_t client_ = 0;
};

}  // namespace jobctl
