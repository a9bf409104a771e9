// The launcher staying as the job's parent, where somebody must: to own a pseudo-terminal (-t), to run
// several commands one after the other (--then), to tell how a job in a scope ended.
#pragma once

#include "launch.hpp"

namespace jobctl {

// Runs the job's commands and returns the exit status that the unit shall have; where the last command was
// killed by a signal, the holder dies by the same one. Throws StartFailure when the first command can't be
// started.
int hold(Launch& launch);

}  // namespace jobctl
