// Whether a job is started again by itself when a run has ended: Restart= of systemd.service(5), with delays
// that double from one restart to the next.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "util/time.hpp"

namespace jobctl {

enum class RestartWhen { no, on_failure, always };

struct RestartPolicy {
  RestartWhen when = RestartWhen::no;
  std::optional<uint32_t> limit;      // restarts after one start by hand; none: only a crash loop ends it
  std::optional<Duration> delay;      // before the first restart
  std::optional<Duration> max_delay;  // before a later one

  bool operator==(const RestartPolicy&) const = default;
};

// "no", "on-failure", "always", each with a limit: "on-failure:5". Throws Error{usage} that begins with
// `what`.
void set_restart(RestartPolicy& policy, const std::string& text, const std::string& what);
std::string restart_text(const RestartPolicy& policy);

// Before the restart after `restarts` of them.
Duration restart_delay(const RestartPolicy& policy, int restarts);

// How often the delay doubles until it is as long as it gets: RestartSteps=.
uint32_t restart_steps(const RestartPolicy& policy);

// StartLimitBurst= and StartLimitIntervalSec=: how many starts within which time are enough. Without a limit,
// those of a crash loop: eleven runs that each end within some seconds.
struct StartLimit {
  uint32_t burst;
  std::optional<Duration> interval;  // none: for ever
};
StartLimit start_limit(const RestartPolicy& policy);

// Whether systemd refuses a start at `next` after these, as its start limit counts: within an interval that
// begins with a start and, once it is over, with the next one.
bool is_beyond(const StartLimit& limit, const std::vector<Time>& starts, Time next);

// The oldest systemd that doubles the delay by itself; for older ones the launcher waits.
inline constexpr int systemd_with_restart_steps = 254;

}  // namespace jobctl
