#include "proc/pidfd.hpp"

#include <sys/syscall.h>
#include <unistd.h>

namespace jobctl {

// Neither has a wrapper in glibc 2.35.
Fd open_pidfd(pid_t pid) {
  return Fd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
}

int send_signal(const Fd& pidfd, int signal) {
  return static_cast<int>(syscall(SYS_pidfd_send_signal, pidfd.get(), signal, nullptr, 0));
}

}  // namespace jobctl
