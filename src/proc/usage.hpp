// What one job uses, from its cgroups (cgroup-v2.rst) and, where a controller is missing there, from its
// processes (proc(5)).
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "job/usage.hpp"
#include "proc/cgroup.hpp"
#include "proc/sockets.hpp"

namespace jobctl {

// `unit` has the controllers (its Cgroup::controllers(), the same for all units of a slice, so that a file
// that isn't there need not be looked for), `payload` below it the processes. Nothing about connections.
// nullopt where the payload is gone.
std::optional<Usage> read_usage(const Cgroup& unit, const std::vector<std::string>& controllers,
                                const Cgroup& payload, const std::string& proc = "/proc");

// Of the connections of a payload and of the cgroups that the job has made below it.
void add_traffic(Usage& usage, const Cgroup& payload, const std::unordered_map<uint64_t, Traffic>& traffic);

// The UUID of the job in whose unit a process runs.
std::optional<std::string> job_of_process(pid_t pid, const std::string& proc = "/proc");

}  // namespace jobctl
