// --own-log: a program's own log file is copied into the logs' folder when the run ends.
#pragma once

#include "job/event.hpp"
#include "job/spec.hpp"

namespace jobctl {

// Copies it to <logs>/<type>/<type>-<timestamp>.log. The event says where it is, or why it isn't.
Event collect_own_log(const JobSpec& spec, int run);

}  // namespace jobctl
