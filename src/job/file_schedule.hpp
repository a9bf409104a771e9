// When a job file's job runs by itself: systemd.timer(5).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "util/time.hpp"

namespace jobctl {

struct FileSchedule {
  std::vector<std::string> calendar;         // OnCalendar=, systemd.time(7)
  std::optional<Duration> every;             // since the last time, and since the timer was started
  std::optional<Duration> after_boot;        // of the machine; in a user manager: since it was started
  std::optional<Duration> randomized_delay;  // at most
  bool persistent = false;                   // what was missed while the machine was off is made up for

  explicit operator bool() const { return !calendar.empty() || every || after_boot; }
};

}  // namespace jobctl
