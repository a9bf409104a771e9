// One run of a job, from its record to the running program. Used by start and restart.
#pragma once

#include <functional>

#include "commands/context.hpp"
#include "commands/start_fifo.hpp"

namespace jobctl {

// The first number of the manager's version: what it can do.
int systemd_version(Context& context);

// The unit that carries the job under this manager.
UnitPlan plan_unit(Context& context, const JobSpec& spec);

// What is done when a scope is there, before its launcher goes on.
using Arrival = std::function<void()>;

// Starts the unit for the run that the record announces and returns when the job's program has been executed.
// Throws Error when it can't be; the record and the registry then say so as well.
Job start_unit(Context& context, RecordFile& record, StartFifo& fifo);

// The same for a process that runs already, which `move` brings into the scope. What `move` throws ends it.
Job start_adopted(Context& context, RecordFile& record, StartFifo& fifo, const Arrival& move);

}  // namespace jobctl
