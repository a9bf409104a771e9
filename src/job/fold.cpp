// Folds the events of a record into runs. Late and repeated events are taken as they come: what is known
// about how a run really ended always wins over what was only concluded from its absence.
#include <array>
#include <climits>
#include <csignal>
#include <cstring>

#include "job/job.hpp"
#include "util/error.hpp"
#include "util/number.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

// What was asked of a run while it lived, or before; it decides between "killed", "failed" and "done".
struct Requests {
  ExitStatuses success;
  std::optional<Event> stop;
  std::optional<Event> signal;
  std::optional<Duration> time_limit;
  bool scope = false;
  RestartWhen restart = RestartWhen::no;
  std::optional<uint32_t> restart_limit;
  std::optional<Event> not_ready;
  std::optional<Event> unhealthy;         // the last one, for which the job was ended or started again
  std::optional<Duration> ready_timeout;  // of --ready notify, which only systemd sees
  bool is_series = false;                 // whatever run comes next by itself goes on where this one ended
};

// -p Restart= has more words than ours; those that may start again are taken for "always".
RestartWhen restart_when(const JobSpec& spec) {
  for (const auto& [name, value] : spec.properties)
    if (name == "Restart")
      return value == "no"           ? RestartWhen::no
             : value == "on-failure" ? RestartWhen::on_failure
                                     : RestartWhen::always;
  return spec.restart.when;
}

std::optional<Duration> time_limit(const JobSpec& spec) try {
  std::optional<Duration> limit = spec.control.time;
  for (const auto& [name, value] : spec.properties)
    if (name == "RuntimeMaxSec") limit = parse_duration(value, name);
  return limit;
} catch (const Error&) {
  return std::nullopt;  // written in a way that only systemd knows
}

// systemd says so of services only, and not with OOMPolicy=continue; the kernel's count is there for all.
bool ran_out_of_memory(const Run& run, const Event& ended) {
  const int signal = run.exit.signal.value_or(0);
  const bool was_killed = signal == SIGKILL || signal == SIGTERM;
  return ended.text("result") == "oom-kill" || (was_killed && ended.number("oom_kills").value_or(0) > 0);
}

// systemd says "timeout" also where the program has ended and what it left behind had to be killed. Of a
// scope it says nothing.
bool exceeded_time_limit(const Run& run, const Event& ended, const Requests& requests) {
  // A unit's time begins before its program's.
  const bool ran_into_it =
      requests.time_limit && run.started_at && ended.time - run.requested_at >= *requests.time_limit;
  if (requests.scope) return ran_into_it;
  return ended.text("result") == "timeout" && (run.exit.signal || ran_into_it);
}

// A job that ended by itself with an exit status or signal of its own has failed by that.
bool was_not_ready(const Run& run, const Event& ended, const Requests& requests) {
  if (requests.not_ready)
    return requests.not_ready->number("ended") != 1 || succeeded(requests.success, run.exit);
  if (!requests.ready_timeout) return false;
  const bool in_time = ended.time - run.requested_at < *requests.ready_timeout;
  return (ended.text("result") == "protocol" && succeeded(requests.success, run.exit)) ||
         (ended.text("result") == "timeout" && !in_time);
}

bool ends_the_run(const Event& unhealthy) {
  const std::string action = unhealthy.text("action");
  return action == to_string(OnUnhealthy::restart) || action == to_string(OnUnhealthy::kill);
}

ExitStatus exit_status(const Event& event) {
  ExitStatus status;
  const auto number = event.number("status");
  if (!number) return status;
  if (event.text("code") == "exited") {
    status.code = static_cast<int>(*number);
  } else {
    status.signal = static_cast<int>(*number);
    status.core_dumped = event.text("code") == "dumped";
  }
  return status;
}

// What systemd.service(5) calls a clean end, "SuccessExitStatus=".
bool is_clean(const Run& run, const Requests& requests) {
  const int signal = run.exit.signal.value_or(0);
  return succeeded(requests.success, run.exit) || signal == SIGHUP || signal == SIGINT || signal == SIGTERM ||
         signal == SIGPIPE;
}

bool is_to_be_restarted(const Run& run, const Event& ended, const Requests& requests) {
  if (requests.unhealthy && !requests.stop) return requests.unhealthy->text("action") == "restart";
  if (requests.restart == RestartWhen::no || requests.stop || !ended.text("stopped").empty()) return false;
  return requests.restart == RestartWhen::always || !is_clean(run, requests) ||
         ended.text("result") != "success";
}

bool ended_by_signal(const ExitStatus& exit, int64_t signal) {
  return exit.signal == signal || exit.code == 128 + signal;
}

void set_failed(Run& run, std::string reason) {
  run.state = State::failed;
  run.reason = std::move(reason);
}

void set_killed(Run& run, std::string by, std::string how) {
  run.state = State::killed;
  run.reason.clear();
  run.ended_by = std::move(by);
  run.ended_how = std::move(how);
}

// The unit failed before the launcher could say anything: systemd's own codes of systemd.exec(5), "Process
// exit codes".
std::string setup_failure(const ExitStatus& exit, const Event& ended) {
  if (ended.text("result") == "oom-kill")
    return "its launcher was killed for lack of memory (oom-kill) before the program was started";
  if (exit.signal)
    return "its launcher was killed by " + signal_name(*exit.signal) + " before the program was started";
  const int status = exit.code.value_or(0);
  constexpr int not_executed = 203;
  if (status == not_executed)
    return "systemd could not execute its launcher (status 203/EXEC); see: jobctl doctor";
  struct Code {
    int status;
    const char* name;
  };
  static constexpr std::array<Code, 17> codes = {{{200, "CHDIR"},
                                                  {201, "NICE"},
                                                  {202, "FDS"},
                                                  {205, "LIMITS"},
                                                  {206, "OOM_ADJUST"},
                                                  {208, "STDIN"},
                                                  {209, "STDOUT"},
                                                  {211, "IOPRIO"},
                                                  {214, "SETSCHEDULER"},
                                                  {215, "CPUAFFINITY"},
                                                  {216, "GROUP"},
                                                  {217, "USER"},
                                                  {218, "CAPABILITIES"},
                                                  {219, "CGROUP"},
                                                  {226, "NAMESPACE"},
                                                  {228, "SECCOMP"},
                                                  {243, "CREDENTIALS"}}};
  for (const Code& code : codes)
    if (code.status == status)
      return "systemd could not set up its unit (status " + std::to_string(status) + "/" + code.name + ")";
  return "its unit ended with status " + std::to_string(status) + " before the program was started";
}

void apply_start_failed(Run& run, const Event& event) {
  set_failed(run, "could not start");
  run.started_at.reset();
  run.ended_at = event.time;
  const auto error = event.number("errno");
  run.detail = error ? errno_text(static_cast<int>(*error)) : event.text("text");
  const std::string step = event.text("step");
  const std::string file = event.text("file");
  if (step == "exec" && error == ENOENT && file.find('/') == std::string::npos)
    run.detail += " (searched PATH)";
  if (error && step != "exec" && !file.empty()) run.detail = step + " " + file + ": " + run.detail;
}

void apply_ended(Run& run, const Event& event, Requests& requests) {
  if (run.state == State::failed && run.reason == "could not start") return;
  // Of a unit that was stopped, or given up, while it waited for its next run.
  const ExitStatus exit = exit_status(event);
  const bool is_known = run.ended_at && (run.exit.code || run.exit.signal);
  if (is_known && (exit.code != run.exit.code || exit.signal != run.exit.signal)) return;
  run.ended_at = event.time;
  if (const auto cpu = event.number("cpu_us")) run.cpu_us = static_cast<uint64_t>(*cpu);
  if (const auto peak = event.number("memory_peak")) run.memory_peak = static_cast<uint64_t>(*peak);
  run.exit = exit_status(event);
  if (!run.started_at && !requests.stop) {
    set_failed(run, "could not start");
    run.detail = setup_failure(run.exit, event);
    run.exit = {};
    return;
  }
  run.reason.clear();
  if (requests.stop) {
    set_killed(run, requests.stop->text("by"), requests.stop->text("how"));
  } else if (requests.unhealthy) {
    set_failed(run, "unhealthy");
    run.detail = requests.unhealthy->text("text");
  } else if (const std::string stopped = event.text("stopped"); !stopped.empty()) {
    set_killed(run, "", stopped);
    if (stopped == stopped_by_shutdown) run.reason = "shutdown";
  } else if (requests.signal && ended_by_signal(run.exit, *requests.signal->number("signal"))) {
    set_killed(run, requests.signal->text("by"), requests.signal->text("how"));
  } else if (ran_out_of_memory(run, event)) {
    set_failed(run, "out of memory");
  } else if (was_not_ready(run, event, requests)) {
    set_failed(run, "not ready");
    if (requests.not_ready)
      run.detail = requests.not_ready->text("text");
    else if (event.text("result") == "protocol")
      run.detail = ended_unready;
  } else if (exceeded_time_limit(run, event, requests)) {
    set_failed(run, "timeout");
  } else if (event.text("result") == result_of_unknown_exit) {
    run.state = State::lost;
    run.reason = reason_of_unknown_exit;
  } else if (succeeded(requests.success, run.exit)) {
    run.state = State::done;
  } else if (run.exit.code) {
    set_failed(run, std::to_string(*run.exit.code));
  } else {
    set_failed(run, run.exit.signal ? signal_name(*run.exit.signal) : "unknown");
  }
  requests.is_series = is_to_be_restarted(run, event, requests);
  // A daemon-reload makes systemd count anew: then there may be one more.
  run.goes_on =
      requests.is_series && run.restarts < static_cast<int>(requests.restart_limit.value_or(INT_MAX));
}

// Of a job that waited for its next run, which a restart only makes earlier.
void stop_series(Run& run, const Event& stop) {
  run.goes_on = false;
  if (ends_the_job(stop)) set_killed(run, stop.text("by"), stop.text("how"));
}

// Of one that waited for its time.
void stop_schedule(Run& run, Requests& requests, const Event& stop) {
  if (!ends_the_job(stop)) return;
  requests.stop = stop;
  set_killed(run, stop.text("by"), stop.text("how"));
  run.ended_at = stop.time;
}

void apply_request(Run& run, const Event& event) {
  run.requested_at = event.time;
  run.boot_id = event.text("boot");
  run.machine_id = event.text("machine");
  run.host = event.text("host");
}

void apply_scheduled(Run& run, const Event& event) {
  run.state = State::queued;
  apply_request(run, event);
}

void apply_starting(Run& run, const Event& event) {
  if (run.ended_at) return;  // killed at the moment when its time had come
  run.state = State::starting;
  apply_request(run, event);
  run.ports = parse_ports(event.text("ports"));
  run.gpus = parse_given_gpus(event.text("gpus"));
  run.adopted = parse_adopted(event.text("adopted"));
}

void apply_started(Run& run, const Event& event) {
  run.state = State::running;
  run.reason.clear();
  run.started_at = event.time;
  run.ended_at.reset();
  run.pid = static_cast<pid_t>(event.number("pid").value_or(0));
  run.invocation_id = event.text("invocation");
  run.boot_id = event.text("boot");
  run.cgroup = event.text("cgroup");
  run.log_offset = event.number("log_offset").value_or(0);
}

void apply(Run& run, Requests& requests, const Event& event) {
  if (event.kind == "scheduled") apply_scheduled(run, event);
  if (event.kind == "starting") apply_starting(run, event);
  if (event.kind == "started") apply_started(run, event);
  if (event.kind == "start-failed") apply_start_failed(run, event);
  if (event.kind == "not-ready") requests.not_ready = event;
  if (event.kind == "unhealthy" && ends_the_run(event)) requests.unhealthy = event;
  if (event.kind == "command-ended") run.commands.push_back(exit_status(event));
  if (event.kind == "stop-requested" && run.goes_on) stop_series(run, event);
  if (event.kind == "stop-requested" && run.state == State::queued)
    stop_schedule(run, requests, event);
  else if (event.kind == "stop-requested" && !requests.stop && !run.ended_at)
    requests.stop = event;
  if (event.kind == "signal-sent" && event.number("signal") && !run.ended_at) requests.signal = event;
  if (event.kind == "ended") apply_ended(run, event, requests);
  if (event.kind == "given-up") run.goes_on = false;
  if (run.ended_at) return;
  if (event.kind == "interrupted" && !requests.stop) {
    set_failed(run, "start interrupted");
    run.ended_at = event.time;
  }
  if ((event.kind == "lost" || event.kind == "interrupted") && requests.stop) {
    // Nobody was left to say how, but somebody asked for its end and it is gone.
    set_killed(run, requests.stop->text("by"), requests.stop->text("how"));
    run.ended_at = event.time;
  } else if (event.kind == "lost" || event.kind == "unscheduled") {
    run.state = State::lost;
    run.reason = event.text("reason");
    run.ended_at = event.time;
  }
}

Requests requests_of(const JobSpec& spec) {
  Requests requests;
  requests.success = spec.success;
  requests.time_limit = time_limit(spec);
  requests.scope = spec.scope;
  requests.restart = restart_when(spec);
  requests.restart_limit = spec.restart.limit;
  if (spec.ready.is_told()) requests.ready_timeout = spec.ready.patience();
  return requests;
}

// Where a run is, and what it has been given.
void take_place(Run& run, const Run& before) {
  run.machine_id = before.machine_id;
  run.host = before.host;
  run.ports = before.ports;
  run.gpus = before.gpus;
}

// One that nobody announced has what the run before was given.
Run begin_run(const std::vector<Run>& earlier, const Event& event, bool is_series) {
  Run run;
  if (event.kind == "stop-requested" || event.kind == "unscheduled") run.state = State::queued;
  run.number = event.run;
  run.requested_at = event.time;
  if (earlier.empty() || event.kind == "starting") return run;
  take_place(run, earlier.back());
  if (is_series) run.restarts = earlier.back().restarts + 1;
  return run;
}

}  // namespace

std::string adopted_text(const AdoptedProcess& process) {
  return std::to_string(process.pid) + " " + std::to_string(process.start_ticks) +
         (process.is_orphan ? " orphan" : "");
}

std::optional<AdoptedProcess> parse_adopted(const std::string& text) {
  const std::vector<std::string> words = split(text, ' ');
  if (words.size() < 2) return std::nullopt;
  const auto pid = parse_number<pid_t>(words[0]);
  const auto ticks = parse_number<uint64_t>(words[1]);
  if (!pid || !ticks) return std::nullopt;
  return AdoptedProcess{*pid, *ticks, words.size() > 2 && words[2] == "orphan"};
}

std::vector<Run> to_runs(const Record& record) {
  std::vector<Run> runs;
  std::vector<Requests> requests;
  const Requests of_most_runs = requests_of(record.spec);
  for (const Event& event : record.events) {
    if (event.run < 1 || event.run > static_cast<int>(runs.size()) + 1) continue;
    if (event.run == static_cast<int>(runs.size()) + 1) {
      runs.push_back(begin_run(runs, event, !runs.empty() && requests.back().is_series));
      requests.push_back(record.earlier.empty() ? of_most_runs : requests_of(spec_of_run(record, event.run)));
    }
    const auto index = static_cast<size_t>(event.run - 1);
    apply(runs[index], requests[index], event);
  }
  if (runs.empty()) runs.emplace_back().requested_at = record.spec.created_at;
  return runs;
}

namespace {

// How the run before ended is not how this job is.
Run waiting_for_next(const Run& before) {
  Run run;
  run.number = before.number;
  run.restarts = before.restarts;
  run.goes_on = true;
  run.requested_at = before.requested_at;
  run.boot_id = before.boot_id;
  run.cgroup = before.cgroup;
  take_place(run, before);
  return run;
}

// Whether its timer goes on: a kill ends it, and so does what ends the manager.
bool is_scheduled(const Record& record) {
  bool scheduled = false;
  for (const Event& event : record.events) {
    if (event.kind == "scheduled") scheduled = true;
    const bool is_over = (event.kind == "stop-requested" && ends_the_job(event)) ||
                         event.kind == "unscheduled" ||
                         (event.kind == "lost" && event.text("reason") != "unknown");
    if (is_over) scheduled = false;
  }
  return scheduled && record.spec.schedule.repeats();
}

Run queued_after(const Run& before) {
  Run run;
  run.number = before.number + 1;
  run.state = State::queued;
  // One that fails every time is hardly ever seen but queued.
  if (before.state == State::failed || before.state == State::lost)
    run.reason = std::string("last ") + to_string(before.state);
  run.requested_at = *before.ended_at;
  run.boot_id = before.boot_id;
  run.machine_id = before.machine_id;
  run.host = before.host;
  return run;
}

}  // namespace

Job to_job(const Record& record) {
  Job job;
  job.spec = record.spec;
  job.current = to_runs(record).back();
  if (job.current.goes_on)
    job.current = waiting_for_next(job.current);
  else if (job.current.ended_at && is_scheduled(record))
    job.current = queued_after(job.current);
  job.run = job.current.number;
  for (const Event& event : record.events) {
    if (event.run != job.run) continue;
    if (event.kind == "paused") job.paused = true;
    if (event.kind == "resumed" || event.kind == "ended") job.paused = false;
    if (event.kind == "unhealthy") job.unhealthy = true;
    if (event.kind == "healthy" || event.kind == "ended") job.unhealthy = false;
  }
  job.state = job.current.state == State::running ? running_state(job) : job.current.state;
  return job;
}

}  // namespace jobctl
