// Ending processes that are nobody's unit, each by a handle that means this very process (pidfd_open(2)): a
// PID that was given to another one meanwhile is never signalled.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "proc/process.hpp"

namespace jobctl {

struct EndedProcess {
  Process process;
  bool is_gone = false;  // also before anybody asked
  bool needed_sigkill = false;
  Duration took{0};
  std::string problem;  // why it is still there, else ""
};

// SIGTERM to all of them, SIGKILL to those that are there after `timeout`; with `force` at once. Reports each
// as soon as it has ended, or can't be ended; one failure doesn't stop the rest.
void end_processes(const std::vector<Process>& processes, bool force, Duration timeout,
                   const std::function<void(const EndedProcess&)>& report);

}  // namespace jobctl
