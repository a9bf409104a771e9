// The end of a job in a scope, for which systemd runs no ExecStopPost=.
#pragma once

#include <optional>

#include "job/exit_status.hpp"
#include "launch.hpp"

namespace jobctl {

// Of wait(2)'s status.
ExitStatus to_exit_status(int wait_status);

// "exited", "killed" or "dumped", as $EXIT_CODE of systemd.exec(5) says it.
const char* code_of(const ExitStatus& exit);

// Becomes the finish hook (exec), with the variables that systemd would set; nullopt: nobody knows how the
// job's program ended. Returns where that can't be done.
void finish_scope(const Launch& launch, const std::optional<ExitStatus>& exit);

}  // namespace jobctl
