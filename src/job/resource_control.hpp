// What a job may use of the machine: systemd.resource-control(5), systemd.exec(5). What isn't set isn't
// limited.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "util/time.hpp"

namespace jobctl {

struct ResourceControl {
  std::optional<uint64_t> memory;     // bytes; beyond it the kernel kills
  std::optional<uint64_t> cpu_us;     // CPU time in a second, microseconds: 2,000,000 are two CPUs
  std::optional<uint64_t> tasks;      // processes and threads
  std::optional<uint64_t> io_weight;  // 1…10000; everybody's is 100
  std::optional<int> nice;            // -20…19
  std::vector<int> cpu_affinity;      // the CPUs that it may run on, ascending; empty: all
  std::optional<Duration> time;       // of one run

  bool operator==(const ResourceControl&) const = default;
};

// As people type them; each throws Error{usage} that begins with `what`.
uint64_t parse_bytes(const std::string& text, const std::string& what);  // "512M", "1.5GiB": powers of 1024
uint64_t parse_cpus(const std::string& text,
                    const std::string& what);  // "2", "0.5": microseconds in a second
std::vector<int> parse_cpu_list(const std::string& text, const std::string& what);  // "0-3,8"

// The same back, so that parsing it gives the same value.
std::string cpus_text(uint64_t cpu_us);
std::string cpu_list_text(const std::vector<int>& cpus);

// The cgroup controller that a setting of a unit file needs ("memory" for MemoryMax), "" where it needs none.
std::string controller_of(const std::string& setting);

}  // namespace jobctl
