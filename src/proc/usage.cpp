#include "proc/usage.hpp"

#include <algorithm>

#include "job/spec.hpp"
#include "proc/process.hpp"

namespace jobctl {

namespace {

void add(std::optional<uint64_t>& sum, const std::optional<uint64_t>& part) {
  if (part) sum = sum.value_or(0) + *part;
}

ProcessUsage sum_of(const std::vector<pid_t>& pids, const std::string& proc) {
  ProcessUsage sum;
  for (const pid_t pid : pids) {
    const auto process = read_process_usage(pid, proc);
    if (!process) continue;
    sum.resident_bytes += process->resident_bytes;
    sum.threads += process->threads;
    add(sum.read_bytes, process->read_bytes);
    add(sum.written_bytes, process->written_bytes);
  }
  return sum;
}

}  // namespace

std::optional<Usage> read_usage(const Cgroup& unit, const std::vector<std::string>& controllers,
                                const Cgroup& payload, const std::string& proc) {
  const auto cpu = payload.cpu_usage_us();
  if (!cpu) return std::nullopt;
  Usage usage;
  usage.cpu_us = *cpu;
  const auto has = [&](const char* name) {
    return std::find(controllers.begin(), controllers.end(), name) != controllers.end();
  };
  if (has("memory")) usage.memory = unit.memory_current();
  const auto tasks = has("pids") ? unit.tasks() : std::nullopt;
  const auto io = has("io") ? unit.io() : std::nullopt;
  ProcessUsage processes;
  if (!usage.memory || !tasks || !io) processes = sum_of(payload.pids(), proc);

  if (usage.memory) {
    usage.memory_peak = unit.memory_peak();
    usage.memory_limit = unit.memory_max();
  } else {
    usage.memory = processes.resident_bytes;
    usage.memory_origin = UsageOrigin::processes;
  }
  usage.tasks = tasks.value_or(processes.threads);
  usage.tasks_origin = tasks ? UsageOrigin::cgroup : UsageOrigin::processes;
  usage.io_read = io ? std::optional(io->read_bytes) : processes.read_bytes;
  usage.io_written = io ? std::optional(io->written_bytes) : processes.written_bytes;
  usage.io_origin = io ? UsageOrigin::cgroup : UsageOrigin::processes;
  return usage;
}

void add_traffic(Usage& usage, const Cgroup& payload, const std::unordered_map<uint64_t, Traffic>& traffic) {
  Traffic sum;
  for (const uint64_t id : payload.ids()) {
    const auto found = traffic.find(id);
    if (found == traffic.end()) continue;
    sum.received += found->second.received;
    sum.sent += found->second.sent;
  }
  usage.net_received = sum.received;
  usage.net_sent = sum.sent;
}

std::optional<std::string> job_of_process(pid_t pid, const std::string& proc) {
  return uuid_of_cgroup(cgroup_of(pid, proc));
}

}  // namespace jobctl
