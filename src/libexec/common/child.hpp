// A command that was started for a job, in a process group of its own.
#pragma once

#include <optional>
#include <string>

#include <sys/types.h>

#include "util/time.hpp"

namespace jobctl {

// Waits for its end: its wait status (wait(2)), nullopt where it took too long and was killed. What it has
// left behind is gone in either case.
std::optional<int> wait_for_child(pid_t pid, Duration patience);

// "exit status 1", "killed by SIGKILL".
std::string status_in_words(int wait_status);

}  // namespace jobctl
