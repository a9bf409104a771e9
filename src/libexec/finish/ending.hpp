// What the finish hook finds out about the end of a run.
#pragma once

#include <string>

#include "job/record.hpp"

namespace jobctl {

// Whether the unit of a job file failed before its run was announced: the last one in the record is
// another's.
bool began_no_run(const Record& record);

// Sees to it that no process of the job is left, and tells how the run ended and what it used. Never throws:
// what can't be found out is left out.
Event observe_ending(const Record& record);

// "systemctl stop", "shutdown or logout" when somebody other than jobctl had the unit stopped, else "".
std::string stopped_by(const Record& record, int run);

}  // namespace jobctl
