#include "commands/schedule.hpp"

#include <unistd.h>

#include "commands/jobs.hpp"
#include "commands/next_run.hpp"
#include "commands/records.hpp"
#include "job/companion_plan.hpp"
#include "output/words.hpp"
#include "util/error.hpp"
#include "util/number.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

constexpr const char* timer_interface = "org.freedesktop.systemd1.Timer";

// A timer that was stopped a moment ago goes when systemd has time for it.
constexpr Duration patience_with_unit = std::chrono::seconds(5);
constexpr Duration next_look = std::chrono::milliseconds(10);

std::shared_ptr<UnitJob> ask_for_timer(Context& context, const UnitPlan& plan) {
  const auto request = context.units().start(plan);
  while (request->pending) context.units().wait(-1, std::nullopt);
  return request;
}

// systemd counts calendar events by the clock, and time spans since the boot; 0 is none, and the end of time
// too: while the timer is at work it has no next one.
std::optional<Time> next_time(const std::optional<std::string>& realtime,
                              const std::optional<std::string>& since_boot) {
  const auto clock = parse_number<int64_t>(realtime.value_or("")).value_or(0);
  const auto span = parse_number<int64_t>(since_boot.value_or("")).value_or(0);
  if (clock > 0) return from_micros(clock);
  if (span > 0) return now() + (Duration(span) - monotonic());
  return std::nullopt;
}

// Nobody else would tell of a run that didn't get as far as a unit, whose finish hook does.
void become_alert(Context& context, const RecordFile& record, const Job& job) {
  const std::string path = quote_path(record.path()), run = std::to_string(job.run);
  if (job.spec.alerts.tells_of_ends())
    execl(context.helpers().alert.c_str(), "alert", "raise", path.c_str(), run.c_str(), nullptr);
}

// Whoever has scheduled it a moment ago, or is just restarting it, is awaited; none where that takes longer.
std::unique_ptr<StartFifo> take_turn(Context& context, const JobSpec& spec) {
  for (const Duration limit = monotonic() + patience_with_unit;; context.units().wait(-1, next_look)) {
    try {
      return std::make_unique<StartFifo>(spec);
    } catch (const Error& error) {
      if (error.code != Errc::refused) throw;
      if (monotonic() >= limit) return nullptr;
    }
  }
}

int leave_out(const Job& job, const std::string& why) {
  say(shown_name(job.spec) + " is " + why + ": this time is left out");
  return 0;
}

void note_failure(Context& context, const RecordFile& record, const Job& job, const Error& error) try {
  const Job present = refold(record);
  // A start that got far enough has said so itself.
  if (present.run == job.run && present.state == State::queued)
    record.append(Event("start-failed", job.run, {{"step", "schedule"}, {"text", error.what()}}));
  context.registry().update({refold(record)});
} catch (const Error& further) {
  say(further.what());  // of a registry that can't be written: the next look reads the record
}

}  // namespace

Event scheduled_event(Context& context, int run) {
  return request_event("scheduled", run, {context.requester(), ""});
}

void start_timer(Context& context, const JobSpec& spec) {
  const UnitPlan plan = to_schedule_plan(spec, context.record_path(spec.uuid), context.helpers());
  const Duration limit = monotonic() + patience_with_unit;
  bool may_have_it = false;
  auto request = ask_for_timer(context, plan);
  for (; request->failed && monotonic() < limit; request = ask_for_timer(context, plan)) {
    if (request->met_unit() && may_have_it) return;
    may_have_it = may_have_it || request->is_open();
    if (!request->met_unit() && !request->is_open()) break;
    context.units().wait(-1, next_look);
  }
  if (request->failed)
    throw Error(Errc::failed, "systemd refused the timer of " + spec.name + ": " + request->text);
}

void stop_timer(Context& context, const JobSpec& spec) {
  constexpr Duration patience = std::chrono::seconds(5);
  context.units().wait_for(*context.units().stop(schedule_timer(spec)), patience);
}

namespace {

// All at once.
void ask_timers(Context& context, const std::vector<Job*>& jobs) {
  std::vector<std::string> timers;
  for (Job* job : jobs) {
    // The registry's brief rows don't have the unit.
    if (job->spec.unit.empty()) job->spec.unit = unit_name(job->spec.type, job->spec.uuid, false);
    timers.push_back(schedule_timer(job->spec));
  }
  if (timers.empty()) return;
  const auto realtime = context.units().properties(timers, timer_interface, "NextElapseUSecRealtime");
  const auto since_boot = context.units().properties(timers, timer_interface, "NextElapseUSecMonotonic");
  for (size_t i = 0; i < jobs.size(); ++i) jobs[i]->next = next_time(realtime[i], since_boot[i]);
}

}  // namespace

void note_next(Context& context, std::span<Job> jobs) {
  std::vector<Job*> queued;
  for (Job& job : jobs)
    if (job.state == State::queued) queued.push_back(&job);
  ask_timers(context, queued);
}

void note_next(Context& context, Job& job) {
  if (job.state == State::queued || !job.spec.job_file.empty()) ask_timers(context, {&job});
}

int fire(Context& context, const std::string& uuid) {
  Job job = find_one_recorded(context, {.names = {uuid}});
  RecordFile record = open_record(context, job);
  try {
    find_one_job(context, {.names = {uuid}});  // concludes a run that has vanished: none whose turn it is
    const auto fifo = take_turn(context, job.spec);
    if (!fifo) return leave_out(job, "being started");
    job = find_one_job(context, {.names = {uuid}});
    if (job.state != State::queued) return leave_out(job, to_string(job.state));
    start_next_run(context, record, *fifo, job, {"systemd", started_by_schedule});
    return 0;
  } catch (const Error& error) {
    note_failure(context, record, job, error);
    say(error.what());
    if (job.state == State::queued) become_alert(context, record, job);  // else the run before still goes on
    return static_cast<int>(error.code);
  }
}

}  // namespace jobctl
