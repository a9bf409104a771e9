#include "libexec/common/child.hpp"

#include <csignal>

#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "job/job.hpp"
#include "util/fd.hpp"

namespace jobctl {

std::optional<int> wait_for_child(pid_t pid, Duration patience) {
  const Fd handle(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  pollfd ended{handle.get(), POLLIN, 0};
  const bool in_time = poll(&ended, 1, static_cast<int>(patience.count() / 1000)) > 0;
  kill(-pid, SIGKILL);
  if (!in_time) kill(pid, SIGKILL);  // before it had a group of its own
  int status = 0;
  waitpid(pid, &status, 0);
  return in_time ? std::optional(status) : std::nullopt;
}

std::string status_in_words(int wait_status) {
  return WIFSIGNALED(wait_status) ? "killed by " + signal_name(WTERMSIG(wait_status))
                                  : "exit status " + std::to_string(WEXITSTATUS(wait_status));
}

}  // namespace jobctl
