#include "launch.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <thread>

#include <fcntl.h>
#include <sys/stat.h>

#include "proc/boot_id.hpp"
#include "proc/cgroup.hpp"
#include "util/error.hpp"
#include "util/process.hpp"

namespace jobctl {

namespace {

// The run that a client announced and nobody has begun; otherwise somebody restarted the unit by systemd's
// means, and that is one run more.
int next_run(const Record& record) {
  int announced = 0, begun = 0;
  for (const Event& event : record.events) {
    announced = std::max(announced, event.run);
    if (event.kind == "started" || event.kind == "ended") begun = std::max(begun, event.run);
  }
  return announced > begun ? announced : begun + 1;
}

bool was_given_up(const Record& record, int run) {
  for (const Event& event : record.events)
    if (event.run == run &&
        (event.kind == "interrupted" || (event.kind == "stop-requested" && ends_the_job(event))))
      return true;
  return false;
}

}  // namespace

Launch::Launch(const std::string& record_path)
    : file_(RecordFile::require(record_path)), record_(file_.read()) {
  run_ = next_run(record_);
  fifo_ = Fd(open(fifo_path(spec().runtime_dir, spec().uuid).c_str(),
                  O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW));
}

Run Launch::given() const {
  Run run;
  if (!spec().ports.empty() || !spec().gpus.empty()) run = to_runs(record_).back();
  run.number = run_;
  return run;
}

std::optional<AdoptedProcess> Launch::adopted() const {
  return to_runs(record_).back().adopted;
}

WindowSize Launch::terminal_size() const {
  constexpr WindowSize usual{24, 80};
  for (const Event& event : record_.events)
    if (const auto size = parse_window_size(event.text("terminal"))) return *size;
  return usual;
}

bool Launch::is_beyond_limit() const {
  const auto& limit = spec().restart.limit;
  if (!limit) return false;
  const Run last = to_runs(record_).back();
  const bool ended_by_itself = last.number < run_ && last.ended_at && last.ended_how.empty();
  return ended_by_itself && last.restarts >= static_cast<int>(*limit);
}

void Launch::find_cgroup() {
  cgroup_ = own_cgroup();
}

void Launch::make_payload() {
  find_cgroup();
  const Cgroup earlier(payload_of(cgroup_));
  // Between automatic restarts systemd may keep the unit's cgroup; what an earlier run used is not this
  // one's.
  earlier.remove();
  const std::string& payload = earlier.directory();
  if (mkdir(payload.c_str(), 0755) != 0 && errno != EEXIST)
    throw StartFailure{"cgroup", errno, payload, 219, {}};
  payload_procs_ = Fd(open((payload + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC));
  if (!payload_procs_) throw StartFailure{"cgroup", errno, payload, 219, {}};
}

void Launch::wait_for_probe() const {
  constexpr Duration look_again = std::chrono::milliseconds(2), patience = std::chrono::seconds(10);
  const Cgroup hooks(cgroup_ + "/.control");
  const Duration limit = monotonic() + patience;
  while (!hooks.populated() && monotonic() < limit) std::this_thread::sleep_for(look_again);
}

bool Launch::enter_payload() const {
  return write(payload_procs_.get(), "0", 1) == 1;
}

Event Launch::started_event(pid_t pid, int64_t log_offset) const {
  return {"started",
          run_,
          {{"pid", std::to_string(pid)},
           {"invocation", environment("INVOCATION_ID")},
           {"boot", boot_id()},
           {"cgroup", cgroup_},
           {"oom_kills", std::to_string(Cgroup(cgroup_).oom_kills().value_or(0))},
           {"log_offset", std::to_string(log_offset)}}};
}

void Launch::record_started(pid_t pid, int64_t log_offset) {
  const RecordFile::Lock lock = file_.lock();
  if (was_given_up(file_.read(), run_)) throw TakenBack();
  append(started_event(pid, log_offset));
}

void Launch::record_adopted(pid_t pid, Time time) {
  Event started = started_event(pid, 0);
  started.time = time;
  append(started);
}

void Launch::append(const Event& event) const {
  if (!file_.append(event)) throw StartFailure{"record", errno, file_.path(), 1, {}};
}

void Launch::tell_started(pid_t pid) const {
  signal(SIGPIPE, SIG_IGN);  // the client may have been killed; the job goes on
  write_all(fifo_.get(), "pid " + std::to_string(pid) + "\n");
  signal(SIGPIPE, SIG_DFL);
}

void Launch::fail(const StartFailure& failure) {
  std::map<std::string, std::string> fields = {
      {"step", failure.step}, {"file", failure.file}, {"invocation", environment("INVOCATION_ID")}};
  if (failure.text.empty())
    fields["errno"] = std::to_string(failure.error);
  else
    fields["text"] = failure.text;
  file_.append(Event("start-failed", run_, std::move(fields)));
  signal(SIGPIPE, SIG_IGN);  // whoever waited may have gone
  write_all(fifo_.get(), "failed\n");
  fifo_.reset();
}

}  // namespace jobctl
