// A child process that only waits.
#pragma once

#include <csignal>

#include <sys/wait.h>
#include <unistd.h>

namespace jobctl::test {

class Child {
 public:
  Child() : pid_(fork()) {
    if (pid_ == 0)
      for (;;) pause();
  }
  ~Child() {
    if (!alive_) return;
    kill(pid_, SIGKILL);
    wait_status();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const { return pid_; }

  // As waitpid(2) tells it; waits for its end.
  int wait_status() {
    int status = 0;
    waitpid(pid_, &status, 0);
    alive_ = false;
    return status;
  }

  // Whether nobody sent it SIGKILL: the first deadly signal decides how it ends.
  bool was_spared() {
    kill(pid_, SIGTERM);
    return WTERMSIG(wait_status()) == SIGTERM;
  }

 private:
  pid_t pid_;
  bool alive_ = true;
};

}  // namespace jobctl::test
