// The TCP sockets of this network namespace, as the kernel's sock_diag(7) tells them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace jobctl {

struct ListeningSocket {
  uint16_t port;
  uid_t uid;        // whose process made it
  uint64_t inode;   // as in /proc/PID/fd: socket:[inode]
  uint64_t cgroup;  // Cgroup::id() of the process that made it; 0 where the kernel doesn't tell
};

// IPv4 and IPv6, at whatever address. Empty where the kernel tells nothing.
std::vector<ListeningSocket> listening_sockets();

// A process that has a socket open; nullopt where nobody has, or nobody whom we may look at.
std::optional<pid_t> process_with_socket(uint64_t inode);

}  // namespace jobctl
