// The holder of a job that somebody else has started: it can't be its parent, so it watches.
#pragma once

#include "launch.hpp"

namespace jobctl {

// Until the job's main process has ended, then becomes the finish hook. It is in the payload by now; where
// the client was killed (not `is_moved`) systemd may be about to move it. Throws StartFailure where it isn't
// there.
int watch_adopted(Launch& launch, bool is_moved);

}  // namespace jobctl
