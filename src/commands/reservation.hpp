// What a job has for itself alone among live jobs: its ports and GPUs.
#pragma once

#include <span>

#include "commands/context.hpp"

namespace jobctl {

// Enters the run that `starting` announces into the registry, with the ports and
// GPUs that it gets; they are noted in the event. `record` is the job's so far. Two commands never give away
// the same one. Throws Taken (taken.hpp) that names who has it: then nothing has changed.
void reserve(Context& context, const Record& record, Event& starting);

// Notes in the jobs on which of their ports they listen. One question to the kernel, none without ports.
void note_listening(std::span<Job> jobs);
inline void note_listening(Job& job) {
  note_listening({&job, 1});
}

}  // namespace jobctl
