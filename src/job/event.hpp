// What happened to a job, in order. Events are appended to the job's record by whoever caused or saw them:
// the client, the launcher, the finish hook. Everything that jobctl says about a job's past is folded from
// them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "util/time.hpp"

namespace jobctl {

// The `result` of an ended event where nobody learned how the program ended.
constexpr const char* result_of_unknown_exit = "exit-unknown";

// What `stopped` of an ended event says where the manager itself went down.
constexpr const char* stopped_by_shutdown = "shutdown or logout";

// The text of a `not-ready` whose job had ended by itself.
constexpr const char* ended_unready = "it ended before";

// How a run came about, in `how` of a starting event; without it by `jobctl start` and the like.
constexpr const char* started_by_restart = "jobctl restart";
constexpr const char* started_by_schedule = "schedule";
constexpr const char* started_by_unit = "unit";  // of a job file: at boot, by systemctl(1)

// clang-format off
// Kinds, and the fields beside time, run and by:
//   defined         the job's file says something else from this run on: spec (a definition, as at the beginning)
//   starting        a start or restart was asked for: how (as above), boot, machine, host, ports ("8501,http=20001"),
//                   gpus ("0,1"), terminal ("40x100": rows and columns), adopted (a process that runs already, as adopted_text() of job.hpp)
//   started         launcher: pid (0: it has no main process), invocation, boot, cgroup, log_offset; the time of an adopted one is its own
//   ready, not-ready  probe: text (why not), ended (1: by itself)
//   unhealthy       probe: text (the last answer), action (tell, restart, kill, alert)
//   healthy         probe: again
//   start-failed    launcher or client: step, errno or text, file, invocation
//   command-ended   holder: index, code (exited|killed|dumped), status (number)
//   stop-requested  how ("jobctl kill", "attach", …)
//   signal-sent     signal (number), how
//   paused, resumed
//   ended           finish hook: result, code, status (number), stopped ("systemctl stop", …), cpu_us, memory_peak,
//                   oom_kills, io_read, io_write
//   given-up        client: systemd did not start another run
//   scheduled       client: the timer was started whose first run this is: by, boot, machine, host
//   unscheduled     client: the timer is gone: reason (as lost)
//   interrupted     client: the start was killed before the launcher ran
//   lost            client: reason (reboot, manager, unknown)
//   alerting        finish hook, probe: event (end, failure, unhealthy), target (number, from 0): a unit is to tell it
//   alerted         alert: event, target, ok (1: told, 0: not), text (why not)
//   collected       finish hook: the program's own log was copied to file, or text says why not
// clang-format on
struct Event {
  std::string kind;  // kinds and keys are words of [a-z0-9_-], values any bytes
  int run = 0;
  Time time;
  std::map<std::string, std::string> fields;

  Event() = default;
  Event(std::string its_kind, int its_run, std::map<std::string, std::string> its_fields = {})
      : kind(std::move(its_kind)), run(its_run), time(now()), fields(std::move(its_fields)) {}

  std::string text(const std::string& key) const;  // "" where absent
  std::optional<int64_t> number(const std::string& key) const;
};

// Whether a stop-requested event means the job, not only its run.
inline bool ends_the_job(const Event& stop) {
  return stop.text("how") != started_by_restart;
}

// One line without its terminator, plain ASCII: "ended run=1 time=1700000000000000 code=exited status=0".
std::string to_line(const Event& event);

// nullopt for a line that was cut short or isn't an event.
std::optional<Event> parse_event(std::string_view line);

}  // namespace jobctl
