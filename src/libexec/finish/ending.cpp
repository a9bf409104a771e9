#include "ending.hpp"

#include <algorithm>
#include <cstdlib>

#include <systemd/sd-daemon.h>

#include "bus/bus_manager.hpp"
#include "job/job.hpp"
#include "proc/cgroup.hpp"
#include "proc/machine.hpp"
#include "util/error.hpp"
#include "util/lazy_library.hpp"
#include "util/process.hpp"

namespace jobctl {

namespace {

JOBCTL_LAZY(libsystemd, sd_notifyf);

// The run that says that it was this invocation of the unit.
std::optional<int> told_run(const Record& record) {
  const std::string invocation = environment("INVOCATION_ID");
  const auto is_of_this_run = [&](const Event& event) {
    return (event.kind == "started" || event.kind == "start-failed") &&
           event.text("invocation") == invocation;
  };
  // From the end, because the runs of a scope have none that would tell them apart.
  const auto found = std::find_if(record.events.rbegin(), record.events.rend(), is_of_this_run);
  return found == record.events.rend() ? std::nullopt : std::optional(found->run);
}

// For a unit that failed before the launcher could tell, the last one.
int finished_run(const Record& record) {
  if (const auto told = told_run(record)) return *told;
  int last = 1;
  for (const Event& event : record.events) last = std::max(last, event.run);
  return last;
}

// The unit's cgroup: with Delegate=yes systemd runs hooks in its sub-cgroup .control.
std::string unit_cgroup() {
  std::string path = own_cgroup();
  const std::string control = "/.control";
  if (path.ends_with(control)) path.resize(path.size() - control.size());
  return path;
}

// On `systemctl stop` the hook runs as soon as the main process is gone, while others may still be busy with
// their SIGTERM: they have the rest of the stop timeout.
void empty_payload(const Cgroup& payload, const JobSpec& spec) {
  if (!payload.populated()) return;
  payload.freeze(false);
  const Duration patience = spec.stop_timeout.value_or(std::chrono::hours(24 * 365));
  sd_notifyf(0, "EXTEND_TIMEOUT_USEC=%lld",
             static_cast<long long>((patience + std::chrono::seconds(10)).count()));
  const auto deadline = [](Duration duration) { return std::chrono::steady_clock::now() + duration; };
  if (!payload.wait_until_empty(deadline(patience))) {
    payload.kill();
    payload.wait_until_empty(deadline(std::chrono::seconds(10)));
  }
}

void add(Event& event, const char* key, const std::optional<uint64_t>& value) {
  if (value) event.fields[key] = std::to_string(*value);
}

// Those that the unit's cgroup had counted before this run.
uint64_t earlier_oom_kills(const Record& record, int run) {
  for (const Event& event : record.events)
    if (event.run == run && event.kind == "started")
      return static_cast<uint64_t>(event.number("oom_kills").value_or(0));
  return 0;
}

void add_usage(Event& event, const Record& record, const Cgroup& unit, const Cgroup& payload) {
  const auto payload_cpu = payload.cpu_usage_us();
  add(event, "cpu_us", payload_cpu ? payload_cpu : unit.cpu_usage_us());
  add(event, "memory_peak", unit.memory_peak());
  if (const auto kills = unit.oom_kills())
    add(event, "oom_kills", *kills - std::min(*kills, earlier_oom_kills(record, event.run)));
  if (const auto io = unit.io()) {
    add(event, "io_read", io->read_bytes);
    add(event, "io_write", io->written_bytes);
  }
}

bool was_stopped_by_jobctl(const Record& record, int run) {
  for (const Event& event : record.events)
    if (event.run == run && event.kind == "stop-requested") return true;
  return false;
}

}  // namespace

bool began_no_run(const Record& record) {
  if (record.spec.job_file.empty() || told_run(record)) return false;
  const Run last = to_runs(record).back();
  return is_on_another_machine(last) || ((last.started_at || last.ended_at) && !last.goes_on);
}

Event observe_ending(const Record& record) {
  Event event("ended", finished_run(record), {{"result", environment("SERVICE_RESULT")}});
  const std::string code = environment("EXIT_CODE"), status = environment("EXIT_STATUS");
  if (!code.empty()) {
    event.fields["code"] = code;
    const auto number = code == "exited" ? std::optional(std::atoi(status.c_str())) : parse_signal(status);
    if (number) event.fields["status"] = std::to_string(*number);
  }
  try {
    const std::string cgroup = unit_cgroup();
    const Cgroup payload(payload_of(cgroup));
    empty_payload(payload, record.spec);
    add_usage(event, record, Cgroup(cgroup), payload);
  } catch (const Error&) {  // NOLINT(bugprone-empty-catch): how it ended matters more than what it used
  }
  return event;
}

std::string stopped_by(const Record& record, int run) try {
  if (was_stopped_by_jobctl(record, run) || environment("SERVICE_RESULT") == "oom-kill") return {};
  BusManager manager(manager_of(record.spec));
  for (const UnitState& unit : manager.list({record.spec.unit})) {
    if (unit.job != "stop" && unit.job != "restart") return {};
    return manager.is_stopping() ? stopped_by_shutdown : "systemctl " + unit.job;
  }
  return {};
} catch (const Error&) {
  // Only a manager or bus that is itself on its way out doesn't answer its own units.
  return stopped_by_shutdown;
}

}  // namespace jobctl
