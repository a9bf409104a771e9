// The last lines that a run printed, wherever they are kept.
#pragma once

#include <string>
#include <vector>

#include "job/job.hpp"

namespace jobctl {

inline constexpr size_t told_lines = 20;

// Valid UTF-8; none where the output can't be read. Of lines without end, only the end is kept. `end`: where
// the next run's output begins in the log.
std::vector<std::string> last_lines(const JobSpec& spec, const Run& run, std::optional<int64_t> end);

}  // namespace jobctl
