#include "commands/stop.hpp"

#include <algorithm>

#include "commands/records.hpp"
#include "job/companion_plan.hpp"
#include "journal/send.hpp"
#include "proc/cgroup.hpp"
#include "util/error.hpp"

namespace jobctl {

namespace {

// After systemd's own SIGKILL had its chance, what forks faster than systemd kills is killed by the kernel.
constexpr Duration patience_after_sigkill = std::chrono::seconds(1);

// How long systemd may take to accept the request when no process is left that could keep it from that.
constexpr Duration patience_with_silence = std::chrono::seconds(10);

struct Stopping {
  Stopped result;
  std::shared_ptr<UnitJob> request;
  uint64_t payload;  // its cgroup's id()
  Duration began;    // monotonic()
  std::optional<Duration> deadline;
  int questions_left = 10;
  bool is_killed = false;  // by the kernel, at the deadline
};

std::optional<Cgroup> payload_cgroup(const Job& job) {
  if (job.current.cgroup.empty()) return std::nullopt;
  return Cgroup(payload_of(job.current.cgroup));
}

// Never what another client may have started meanwhile.
void kill_payload(const Stopping& stopping) {
  const auto payload = payload_cgroup(stopping.result.job);
  const auto pinned = payload ? std::optional(payload->pinned()) : std::nullopt;
  if (pinned && stopping.payload != 0 && pinned->id() == stopping.payload) pinned->kill();
}

Stopping begin(Context& context, const Job& job, const StopRequest& request) {
  const auto payload = payload_cgroup(job);
  Stopping stopping{{job, process_count(job), {}, request.force, {}},
                    nullptr,
                    payload ? payload->id() : 0,
                    monotonic(),
                    {}};
  // Before the first signal: whatever ends the job from here on, it was asked for.
  const Event asked("stop-requested", job.run,
                    {{"by", context.requester()}, {"how", request.how + (request.force ? " --force" : "")}});
  note_request(context, job, asked);
  if (is_unit_frozen(job)) context.units().thaw(job.spec.unit);
  if (request.force) kill_payload(stopping);
  // The timer first: what it starts must not come after the stop.
  if (job.spec.schedule && ends_the_job(asked))
    for (const std::string& unit : {schedule_timer(job.spec), schedule_service(job.spec)})
      context.units().stop(unit);
  stopping.request = context.units().stop(job.spec.unit);
  // A frozen process gets its signal when it is thawed.
  if (job.paused && payload) payload->freeze(false);
  if (job.spec.stop_timeout)
    stopping.deadline = stopping.began + *job.spec.stop_timeout + patience_after_sigkill;
  return stopping;
}

void finish(Stopping& stopping) {
  Stopped& result = stopping.result;
  result.took = monotonic() - stopping.began;
  if (stopping.request && stopping.request->failed) result.problem = stopping.request->text;
  result.met_silence = stopping.request && stopping.request->met_silence;
  if (result.met_silence && stopping.is_killed)
    result.problem += "; its processes are dead, its unit is still there";
  if (stopping.request && stopping.request->was_refused() && !result.needed_sigkill) {  // RefuseManualStop=
    result.problem += "; to end it all the same: jobctl kill --force " + result.job.spec.uuid.substr(0, 8);
    return;
  }
  // A manager that was killed leaves processes that its successor knows nothing of.
  kill_payload(stopping);
  if (result.job.spec.stop_timeout && result.took >= *result.job.spec.stop_timeout)
    result.needed_sigkill = true;
}

// The kernel's own kill, which forks can't outrun.
void insist(Stopping& stopping) {
  if (!stopping.deadline || monotonic() < *stopping.deadline) return;
  stopping.deadline.reset();
  UnitJob& request = *stopping.request;
  if (!stopping.is_killed) {
    kill_payload(stopping);
    stopping.is_killed = true;
    if (!request.accepted) stopping.deadline = monotonic() + patience_with_silence;
  } else if (!request.accepted) {
    stopping.request = std::make_shared<UnitJob>(silent_job());
  }
}

std::optional<Duration> until_next_deadline(const std::vector<Stopping>& all) {
  std::optional<Duration> shortest;
  for (const Stopping& stopping : all)
    if (stopping.deadline && (!shortest || *stopping.deadline - monotonic() < *shortest))
      shortest = std::max(Duration::zero(), *stopping.deadline - monotonic());
  return shortest;
}

// systemd went away with the question (daemon-reexec), or somebody else's start came in between. Stopping
// twice does no harm.
void ask_again(Context& context, Stopping& stopping) {
  const UnitJob& request = *stopping.request;
  const bool is_undone = request.is_open() || (request.failed && request.text == "canceled");
  if (!is_undone || request.met_silence || stopping.questions_left-- <= 0) return;
  stopping.request = context.units().stop(stopping.result.job.spec.unit);
}

void tell_journal(Context& context, const Job& job, const StopRequest& request) {
  send_event(
      job.spec,
      {message_kill_requested,
       job.spec.name + " is being stopped by " + context.requester() + " (" + request.how + ")", job.run},
      context.is_system());
}

}  // namespace

void note_request(Context& context, const Job& job, const Event& event) try {
  if (const auto record = RecordFile::open_existing(context.record_path(job.spec.uuid)))
    record->append(event);
} catch (const Error& error) {
  say(std::string(error.what()) + ": nobody will see in it who asked for this");
}

bool is_unit_frozen(const Job& job) {
  return !job.current.cgroup.empty() && Cgroup(job.current.cgroup).freeze_requested();
}

size_t process_count(const Job& job) {
  const auto payload = payload_cgroup(job);
  return payload ? payload->count_processes() : 0;
}

void stop_jobs(Context& context, const std::vector<Job>& jobs, const StopRequest& request,
               const std::function<void(const Stopped&)>& report) {
  std::vector<Stopping> all;
  for (const Job& job : jobs) {
    try {
      if (runs_elsewhere(job)) throw on_another_machine(job, "kill");
      tell_journal(context, job, request);
      all.push_back(begin(context, job, request));
    } catch (const Error& error) {
      report({job, 0, {}, false, error.what()});
    }
  }
  while (!all.empty()) {
    for (Stopping& stopping : all) insist(stopping), ask_again(context, stopping);
    const auto done =
        std::stable_partition(all.begin(), all.end(), [](const Stopping& s) { return s.request->pending; });
    for (auto stopping = done; stopping != all.end(); ++stopping) {
      finish(*stopping);
      report(stopping->result);
    }
    all.erase(done, all.end());
    if (!all.empty()) context.units().wait(-1, until_next_deadline(all));
  }
}

}  // namespace jobctl
