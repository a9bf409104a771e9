// Durations as people write them into files.
#pragma once

#include <string>

#include "util/time.hpp"

namespace jobctl {

// "1h 30min", "10s", "1.5s" is "1s 500ms": exactly what parse_duration() and systemd.time(7) read back.
std::string time_span_text(Duration duration);

}  // namespace jobctl
