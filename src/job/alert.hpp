// Whom a job tells that it has ended, failed or become unhealthy. When it does, systemd starts a unit for
// each target (to_alert_plan); the record says what became of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "util/time.hpp"

namespace jobctl {

struct JobSpec;
struct Record;

enum class AlertKind {
  exec,     // a command, with what happened in its environment and on its standard input
  notify,   // a desktop notification, notify-send(1)
  mail,     // sendmail(8)
  webhook,  // a POST of JSON
};

struct AlertTarget {
  AlertKind kind = AlertKind::notify;
  std::string text;  // command line, address ("": the user), URL

  bool operator==(const AlertTarget&) const = default;
};

// "exec:COMMAND", "notify", "mail", "mail:ADDRESS", "http://…", "https://…". Throws Error{usage} that begins
// with `what`; `others` are words that would have been right there, too: "tell, restart, ".
AlertTarget parse_alert_target(const std::string& text, const std::string& what,
                               const std::string& others = "");
std::string alert_target_text(const AlertTarget& target);

// For people: of a URL, which may be a secret, only the host.
std::string alert_target_name(const AlertTarget& target);

struct AlertPolicy {
  std::vector<AlertTarget> on_end;
  std::vector<AlertTarget> on_failure;
  std::vector<AlertTarget> on_unhealthy;

  // Whether somebody is told of a run's end, one way or another.
  bool tells_of_ends() const { return !on_end.empty() || !on_failure.empty(); }
};

// More for one event would keep the job's end waiting.
inline constexpr size_t most_alerts = 20;

enum class AlertEvent { end, failure, unhealthy };

const char* to_string(AlertEvent event);
std::optional<AlertEvent> parse_alert_event(const std::string& text);

// Of a job, in the order in which they were given.
std::vector<AlertTarget> alert_targets(const JobSpec& spec, AlertEvent event);

// One that was asked for, as the record knows it.
struct Alert {
  AlertEvent event = AlertEvent::end;
  size_t index = 0;  // in alert_targets()
  AlertTarget target;
  Time time;
  std::optional<bool> sent;  // none: on its way, or whoever sent it was killed
  std::string text;          // why it wasn't sent
};

// Those of a run.
std::vector<Alert> alerts_of(const Record& record, int run);

// How long sending one may take.
inline constexpr Duration alert_patience = std::chrono::minutes(5);

}  // namespace jobctl
