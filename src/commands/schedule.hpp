// Jobs that wait for their time: systemd's timer does the waiting, and what it starts is one run like any
// other.
#pragma once

#include <span>

#include "commands/context.hpp"

namespace jobctl {

// Records that the timer's next run is `run`.
Event scheduled_event(Context& context, int run);

// Starts the timer. Throws Error when systemd refuses it.
void start_timer(Context& context, const JobSpec& spec);

// Stops the timer, if there is one.
void stop_timer(Context& context, const JobSpec& spec);

// Asks systemd when the queued jobs among these run. All at once; nothing without such jobs.
void note_next(Context& context, std::span<Job> jobs);

// Of one job, also where its job file has a schedule.
void note_next(Context& context, Job& job);

// Starts the run that is due: what the timer does, `jobctl fire -- --user|--system RECORD`. One that isn't
// over yet is left alone.
int fire(Context& context, const std::string& uuid);

}  // namespace jobctl
