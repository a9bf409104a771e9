#include "commands/usage.hpp"

#include <algorithm>

#include "proc/usage.hpp"

namespace jobctl {

namespace {

bool has_processes(const Job& job) {
  return is_active(job.state) && !job.current.cgroup.empty() && !job.current.goes_on;
}

}  // namespace

void note_usage(std::span<Job> jobs) {
  if (std::none_of(jobs.begin(), jobs.end(), has_processes)) return;
  const auto traffic = traffic_by_cgroup();
  for (Job& job : jobs) {
    if (!has_processes(job)) continue;
    const Cgroup payload(payload_of(job.current.cgroup));
    job.usage = read_usage(Cgroup(job.current.cgroup), payload);
    if (job.usage && traffic) add_traffic(*job.usage, payload, *traffic);
  }
}

void add_gpu_memory(std::span<Job> jobs, const std::vector<std::pair<pid_t, uint64_t>>& held,
                    const std::string& proc) {
  for (const auto& [pid, bytes] : held) {
    const auto uuid = job_of_process(pid, proc);
    const auto job =
        std::find_if(jobs.begin(), jobs.end(), [&](const Job& other) { return other.spec.uuid == uuid; });
    if (job != jobs.end() && job->usage) job->usage->gpu_memory = job->usage->gpu_memory.value_or(0) + bytes;
  }
}

}  // namespace jobctl
