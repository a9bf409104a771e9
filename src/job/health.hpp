// Whether a job that runs does what it is there for: a probe that systemd's timer asks again and again.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "job/probe.hpp"

namespace jobctl {

enum class OnUnhealthy { tell, restart, kill, alert };  // alert: those of --on-failure

struct HealthPolicy {
  std::optional<Probe> probe;  // none: nobody asks
  std::optional<Duration> interval;
  std::optional<Duration> timeout;       // of one try
  std::optional<uint32_t> retries;       // failures in a row that make it unhealthy
  std::optional<Duration> start_period;  // failures within it don't count
  std::optional<OnUnhealthy> on_unhealthy;

  Duration pause() const { return interval.value_or(std::chrono::seconds(30)); }
  Duration patience() const { return timeout.value_or(std::chrono::seconds(5)); }
  uint32_t most_failures() const { return retries.value_or(3); }
  OnUnhealthy action() const { return on_unhealthy.value_or(OnUnhealthy::tell); }
  bool operator==(const HealthPolicy&) const = default;
};

const char* to_string(OnUnhealthy action);
// "tell", "restart", "kill", "alert".
std::optional<OnUnhealthy> parse_on_unhealthy(const std::string& text);

// What the checks of one run have found so far: a small file beside the job's FIFO, gone with the boot.
struct HealthNote {
  int run = 0;
  uint32_t failures = 0;  // in a row
  Time time;
  std::string answer;  // the last one
};
std::string to_text(const HealthNote& note);
std::optional<HealthNote> parse_health_note(const std::string& text);

}  // namespace jobctl
