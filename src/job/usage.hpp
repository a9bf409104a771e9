// What a job's processes use together, as somebody looked while it ran.
#pragma once

#include <cstdint>
#include <optional>

#include "util/time.hpp"

namespace jobctl {

// Who counted: the kernel, for the unit's cgroup and all that ever ran in it, or whoever added up what the
// processes say that are alive, where the cgroup lacks the controller.
enum class UsageOrigin { cgroup, processes };

struct Usage {
  uint64_t cpu_us = 0;  // user and system, of this run; always counted by the cgroup

  std::optional<uint64_t> memory;       // bytes; of processes: resident, so shared pages count more than once
  std::optional<uint64_t> memory_peak;  // bytes; by the cgroup alone
  std::optional<uint64_t> memory_limit;  // bytes
  UsageOrigin memory_origin = UsageOrigin::cgroup;

  std::optional<uint64_t> io_read;     // bytes from storage; of processes: those alive whom we may look at
  std::optional<uint64_t> io_written;  // bytes to storage
  UsageOrigin io_origin = UsageOrigin::cgroup;

  uint64_t tasks = 0;  // processes and threads
  UsageOrigin tasks_origin = UsageOrigin::cgroup;

  // Bytes over the TCP connections that are there now, since each began; nullopt where the kernel doesn't
  // tell whose they are.
  std::optional<uint64_t> net_received;
  std::optional<uint64_t> net_sent;

  std::optional<uint64_t> gpu_memory;  // bytes, on all GPUs
};

// Of one CPU: 100 is one that was busy all the time.
double cpu_percent(uint64_t cpu_us, Duration over);

}  // namespace jobctl
