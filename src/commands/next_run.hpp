// Another run of a job that has a record.
#pragma once

#include "commands/context.hpp"
#include "commands/start_fifo.hpp"

namespace jobctl {

// That somebody asks for a run on this machine, in this boot: a starting or scheduled event.
Event request_event(const char* kind, int run, const StartRequest& request);

// Writes into the record that a run begins. Where another one has begun since, or the record is gone, the
// registry learns of it. Throws Error.
void announce(Context& context, const RecordFile& record, const Event& starting);

// Announces it in the record, gives it what it needs for itself alone, and starts it: its program has been
// executed when this returns. The run's number is the job's next, or that for which it is queued. Throws
// Error.
Job start_next_run(Context& context, RecordFile& record, StartFifo& fifo, const Job& job,
                   const StartRequest& request);

int next_run_number(const Job& job);

}  // namespace jobctl
