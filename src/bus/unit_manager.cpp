#include "bus/unit_manager.hpp"

namespace jobctl {

UnitJob silent_job() {
  UnitJob job;
  job.pending = false;
  job.failed = job.met_silence = true;
  job.text = "systemd does not answer";
  return job;
}

void UnitManager::wait_for(const UnitJob& job, Duration patience) {
  const Duration deadline = monotonic() + patience;
  while (job.pending && monotonic() < deadline) wait(-1, deadline - monotonic());
}

}  // namespace jobctl
