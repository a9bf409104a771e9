// What jobs did between two looks at what they use.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "job/job.hpp"

namespace jobctl {

struct Load {
  double cpu_percent = 0;  // of one CPU; at the first look: since the run began
  // Bytes a second; nullopt at the first look, and where nobody tells.
  std::optional<uint64_t> read;
  std::optional<uint64_t> written;
  std::optional<uint64_t> net;  // both directions
};

// Compares each look with the one before. What is summed up over processes and connections becomes less when
// one of them ends: that counts as nothing.
class Loads {
 public:
  // `monotonic`: when the jobs' usage was read. Returns a load for each job, in their order.
  std::vector<Load> look(const std::vector<Job>& jobs, Duration monotonic, Time now);

 private:
  struct Look {
    int run;
    Usage usage;
    Duration at;
  };
  static Load load_of(const Job& job, const Look* before, Duration at, Time now);

  std::unordered_map<std::string, Look> before_;  // by UUID
};

}  // namespace jobctl
