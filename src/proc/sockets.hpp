// The TCP sockets of this network namespace, as the kernel's sock_diag(7) tells them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
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

// Bytes that came and went over connections since they began: those that the other side has acknowledged.
// The kernel may count a connection's beginning and its end as one byte each.
struct Traffic {
  uint64_t received = 0;
  uint64_t sent = 0;
};

// Of all TCP connections that are there now, by Cgroup::id() of the process that made (or accepted) them.
// nullopt where the kernel doesn't tell whose they are. One question, however many connections and cgroups.
std::optional<std::unordered_map<uint64_t, Traffic>> traffic_by_cgroup();

// A process that has a socket open; nullopt where nobody has, or nobody whom we may look at.
std::optional<pid_t> process_with_socket(uint64_t inode);

}  // namespace jobctl
