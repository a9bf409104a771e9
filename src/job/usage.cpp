#include "job/usage.hpp"

namespace jobctl {

double cpu_percent(uint64_t cpu_us, Duration over) {
  return over.count() > 0 ? 100.0 * static_cast<double>(cpu_us) / static_cast<double>(over.count()) : 0;
}

}  // namespace jobctl
