// Deleting what is kept of jobs that have ended: their records, rows and logs. What was done to them goes
// into the history first.
#pragma once

#include <functional>
#include <vector>

#include "commands/context.hpp"
#include "job/job.hpp"

namespace jobctl {

struct Forgetting {
  bool logs = false;
  // Asked once more about each job when nobody can start it any more: it may have been, since it was found.
  std::function<bool(const Job&)> is_meant;
};

struct Forgotten {
  size_t jobs = 0;
  uint64_t log_bytes = 0;
  size_t failures = 0;  // jobs that were kept for a reason that was told on stderr
};

Forgotten forget(Context& context, const std::vector<Job>& jobs, const Forgetting& request);

}  // namespace jobctl
