// What jobs use, for those who want to know: each active job's cgroup and processes are read, so a plain list
// doesn't ask.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "job/job.hpp"
#include "proc/gpus.hpp"

namespace jobctl {

// Notes in the active jobs what they use. The kernel is asked once for the connections of all.
void note_usage(std::span<Job> jobs);
inline void note_usage(Job& job) {
  note_usage({&job, 1});
}

// Adds to the jobs' usage what their processes hold of the GPUs' memory. A process is its job's by the cgroup
// that it is in.
void add_gpu_memory(std::span<Job> jobs, const std::vector<GpuProcess>& processes,
                    const std::string& proc = "/proc");

}  // namespace jobctl
