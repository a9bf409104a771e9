// When a job runs that isn't started at once: at one time, or again and again.
#pragma once

#include <optional>
#include <string>

#include "util/time.hpp"

namespace jobctl {

struct Schedule {
  std::optional<Time> at = {};         // once
  std::optional<Duration> every = {};  // the first time when this much has passed
  std::string calendar = {};           // systemd.time(7), "Calendar Events"; "" none

  bool repeats() const { return every || !calendar.empty(); }
  explicit operator bool() const { return at || repeats(); }
  bool operator==(const Schedule&) const = default;
};

// A time to come: what parse_time takes, and a time of day alone is the next one. Throws Error{usage} that
// begins with `what`, also for one that has passed.
Time parse_time_to_come(const std::string& text, const std::string& what);

// As OnCalendar= takes it.
std::string calendar_text(Time time);

// "every 1 h", "Mon 9:00", "once": how it repeats, in words.
std::string schedule_in_words(const Schedule& schedule);

}  // namespace jobctl
