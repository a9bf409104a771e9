#include "commands/usage.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>

#include "proc/usage.hpp"

namespace jobctl {

namespace {

bool has_processes(const Job& job) {
  return is_active(job.state) && !job.current.cgroup.empty() && !job.current.goes_on;
}

std::string slice_of(const Job& job) {
  return job.current.cgroup.substr(0, job.current.cgroup.rfind('/'));
}

}  // namespace

void note_usage(std::span<Job> jobs) {
  if (std::none_of(jobs.begin(), jobs.end(), has_processes)) return;
  const auto traffic = traffic_by_cgroup();
  std::unordered_map<std::string, std::vector<std::string>> controllers;  // by slice
  for (Job& job : jobs) {
    if (!has_processes(job)) continue;
    const Cgroup unit(job.current.cgroup), payload(payload_of(job.current.cgroup));
    auto known = controllers.find(slice_of(job));
    if (known == controllers.end() && unit.exists())
      known = controllers.emplace(slice_of(job), unit.controllers()).first;
    if (known == controllers.end()) continue;  // it has just ended
    job.usage = read_usage(unit, known->second, payload);
    if (job.usage && traffic) add_traffic(*job.usage, payload, *traffic);
  }
  add_gpu_memory(jobs, gpu_processes());
}

void add_gpu_memory(std::span<Job> jobs, const std::vector<GpuProcess>& processes, const std::string& proc) {
  for (const GpuProcess& process : processes) {
    const auto uuid = job_of_process(process.pid, proc);
    const auto job =
        std::find_if(jobs.begin(), jobs.end(), [&](const Job& other) { return other.spec.uuid == uuid; });
    if (job != jobs.end() && job->usage)
      job->usage->gpu_memory = job->usage->gpu_memory.value_or(0) + process.memory;
  }
}

}  // namespace jobctl
