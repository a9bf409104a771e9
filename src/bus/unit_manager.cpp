#include "bus/unit_manager.hpp"

namespace jobctl {

void UnitManager::wait_for(const UnitJob& job, Duration patience) {
  const Duration deadline = monotonic() + patience;
  while (job.pending && monotonic() < deadline) wait(-1, deadline - monotonic());
}

}  // namespace jobctl
