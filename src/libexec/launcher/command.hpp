// One command of a job as a child of the holder.
#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

#include "launch.hpp"

namespace jobctl {

// Forks and executes a command in the payload; with a slave (-1: none) as its controlling terminal and
// standard streams. Returns when the program runs. Throws StartFailure when it can't.
pid_t spawn_command(const Launch& launch, const Argv& argv, const std::vector<std::string>& environment,
                    int slave);

}  // namespace jobctl
