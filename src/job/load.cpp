#include "job/load.hpp"

#include <algorithm>

namespace jobctl {

namespace {

using Count = std::optional<uint64_t>;

Count per_second(const Count& before, const Count& present, Duration time) {
  if (!before || !present) return std::nullopt;
  const uint64_t more = *present - std::min(*before, *present);
  return static_cast<uint64_t>(static_cast<double>(more) * 1e6 / static_cast<double>(time.count()));
}

Count sum(const Count& a, const Count& b) {
  return a && b ? Count(*a + *b) : std::nullopt;
}

}  // namespace

Load Loads::load_of(const Job& job, const Look* before, Duration at, Time now) {
  const Usage& usage = *job.usage;
  if (!before || before->run != job.run || at <= before->at)
    return {cpu_percent(usage.cpu_us, job.runtime(now).value_or(Duration::zero())), {}, {}, {}};
  const Duration time = at - before->at;
  const Usage& then = before->usage;
  return {cpu_percent(usage.cpu_us - std::min(then.cpu_us, usage.cpu_us), time),
          per_second(then.io_read, usage.io_read, time), per_second(then.io_written, usage.io_written, time),
          sum(per_second(then.net_received, usage.net_received, time),
              per_second(then.net_sent, usage.net_sent, time))};
}

std::vector<Load> Loads::look(const std::vector<Job>& jobs, Duration monotonic, Time now) {
  std::unordered_map<std::string, Look> present;
  std::vector<Load> loads;
  for (const Job& job : jobs) {
    const auto before = before_.find(job.spec.uuid);
    loads.emplace_back();
    if (!job.usage) continue;
    loads.back() = load_of(job, before == before_.end() ? nullptr : &before->second, monotonic, now);
    present.emplace(job.spec.uuid, Look{job.run, *job.usage, monotonic});
  }
  before_ = std::move(present);
  return loads;
}

}  // namespace jobctl
