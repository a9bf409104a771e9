// How a process ended that is nobody's child here: what only its parent is told by wait(2).
#pragma once

#include <optional>

#include "proc/process.hpp"
#include "util/fd.hpp"

namespace jobctl {

// After `pidfd` has become readable. Since Linux 6.15 the kernel tells whoever holds it (PIDFD_GET_INFO,
// include/uapi/linux/pidfd.h); before, it can be seen only as long as the parent hasn't asked. A wait status,
// wait(2); nullopt where nobody can tell any more.
std::optional<int> exit_of_stranger(const Fd& pidfd, const Process& process);

}  // namespace jobctl
