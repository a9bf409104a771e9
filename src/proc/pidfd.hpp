// Handles of processes, pidfd_open(2): one means the same process for ever, whoever gets its PID later.
#pragma once

#include <sys/types.h>

#include "util/fd.hpp"

namespace jobctl {

// Readable when the process has ended (poll(2)). None with errno set: ESRCH where there is no such process.
Fd open_pidfd(pid_t pid);

// 0, or -1 with errno set: ESRCH where it has ended.
int send_signal(const Fd& pidfd, int signal);

}  // namespace jobctl
