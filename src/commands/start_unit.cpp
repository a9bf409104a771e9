#include "commands/start_unit.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bus/drop_in.hpp"
#include "commands/enforcement.hpp"
#include "commands/records.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

// How long a unit that failed may take to vanish, and a launcher that can't open the FIFO to write its
// record.
constexpr Duration look_pause = std::chrono::milliseconds(50);

// How long a launcher that has told why it can't start the program may take to go.
constexpr Duration leaving = std::chrono::seconds(5);

// Of a start that meets the unit of an earlier run; 5 s with look_pause.
constexpr int most_retries = 100;

// "active", "deactivating" and so on; "" for a unit that is gone or nothing but its name.
std::string active_state(Context& context, const std::string& unit) {
  for (const UnitState& state : context.units().list({unit}))
    if (state.active != "inactive" && state.active != "failed") return state.active;
  return {};
}

bool is_loaded(Context& context, const std::string& unit) {
  return !active_state(context, unit).empty();
}

// Also the one that was started here, before anybody looked, while systemd is about to start the next.
bool has_ended(const Job& job) {
  return job.current.ended_at || job.current.goes_on;
}

// The process that a scope begins with: the launcher, waiting on its standard input until it is in the scope.
class ScopeProcess {
 public:
  ScopeProcess(const Helpers& helpers, const char* what, const std::string& record_path) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw_errno("could not create a pipe", errno);
    const Fd read_end(ends[0]);
    go_ = Fd(ends[1]);
    const std::string record = quote_path(record_path);
    pid_ = fork();
    if (pid_ < 0) throw_errno("could not start " + helpers.launcher, errno);
    if (pid_ > 0) return;
    dup2(read_end.get(), STDIN_FILENO);
    // What the caller left open is not for the job: systemd's services get none of it either.
    close_range(3, ~0U, 0);
    execl(helpers.launcher.c_str(), helpers.launcher.c_str(), what, record.c_str(), nullptr);
    _exit(127);
  }

  // Of a start that was given up nothing is to stay.
  ~ScopeProcess() {
    if (!go_ || pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  ScopeProcess(const ScopeProcess&) = delete;
  ScopeProcess& operator=(const ScopeProcess&) = delete;

  pid_t pid() const { return pid_; }
  // systemd tells a scope's processes no INVOCATION_ID.
  void go(const std::string& invocation_id) { write_all(go_.get(), invocation_id + "\n"), go_.reset(); }

 private:
  Fd go_;
  pid_t pid_ = -1;
};

class Start {
 public:
  Start(Context& context, RecordFile& record, StartFifo& fifo, Arrival adopt = {})
      : Start(context, record, fifo, std::move(adopt), to_job(record.read())) {}

  Job run() {
    const UnitPlan plan = plan_unit(context_, spec_);
    try {
      warn_of_unenforced(context_, spec_, plan);
      write_drop_in(context_.manager(), plan);
      if (spec_.scope && !plan.drop_in.empty()) renew_cache();
      std::unique_ptr<ScopeProcess> process;
      if (spec_.scope)
        process =
            std::make_unique<ScopeProcess>(context_.helpers(), adopt_ ? "adopt" : "scope", record_.path());
      request_ = context_.units().start(plan, process ? std::optional(process->pid()) : std::nullopt);
      // systemd is at work for some milliseconds: time for what is slow here.
      context_.close_registry();
      wait_for_program(plan, process);
      record_.begin_sync();  // with the launcher's own event
    } catch (const Error& error) {
      give_up(error.what());
      throw;
    }
    return conclude();
  }

 private:
  Start(Context& context, RecordFile& record, StartFifo& fifo, Arrival adopt, const Job& job)
      : context_(context),
        record_(record),
        fifo_(fifo),
        adopt_(std::move(adopt)),
        spec_(job.spec),
        run_(job.run) {}

  // A job that is scheduled again and again is queued for the next run when this one has ended.
  Job this_run() const {
    const Record record = record_.read();
    const Job job = to_job(record);
    return job.run == run_ ? job : at_run(job, to_runs(record).at(static_cast<size_t>(run_ - 1)));
  }

  // For a scope systemd looks for drop-ins in its cache of files only. It renews that when it has to look for
  // a unit.
  void renew_cache() {
    const std::string never_there = spec_.unit.substr(0, spec_.unit.rfind('.')) + ".service";
    context_.units().property(never_there, unit_interface, "LoadState");
  }

  // Three may tell first: the launcher by the FIFO, systemd by its job, the record where the FIFO was out of
  // reach (a unit with -p PrivateTmp= or the like).
  void wait_for_program(const UnitPlan& plan, std::unique_ptr<ScopeProcess>& process) {
    while (!decided_) {
      const bool abandoned = fifo_.is_abandoned();
      const std::optional<Duration> patience =
          request_->pending && !abandoned ? std::nullopt : std::optional(look_pause);
      const Woken news = context_.units().wait(abandoned ? -1 : fifo_.fd(), patience);
      if (fifo_.read() != StartFifo::Answer::none) return;
      if (request_->pending) continue;
      if (request_->failed && request_->met_unit())
        retry(plan, process);
      else if (request_->failed && request_->is_open())
        ask_again(plan, process);
      else if (request_->failed && !request_->dbus_error.empty())
        throw Error(Errc::failed, "systemd refused it: " + request_->text);
      else if (process)
        release(process);
      else if ((!news || abandoned) && fifo_.is_silent())
        look_at_record();
    }
  }

  void release(std::unique_ptr<ScopeProcess>& process) {
    if (adopt_) adopt_();
    process->go(adopt_ ? invocation_id_if_known() : invocation_id());
    process.reset();
  }

  // What was adopted is in the scope by now, and needs its holder whether anybody answers or not.
  std::string invocation_id_if_known() try { return invocation_id(); } catch (const Error&) {
    return {};
  }

  std::string invocation_id() {
    return context_.units().property(spec_.unit, unit_interface, "InvocationID").value_or("");
  }

  // systemd went away with the question (daemon-reexec): only its units tell whether it has taken it.
  void ask_again(const UnitPlan& plan, std::unique_ptr<ScopeProcess>& process) {
    request_->failed = false;
    if (is_loaded(context_, plan.unit)) return;
    if (retries_left_-- == 0) throw Error(Errc::failed, "systemd did not answer: " + request_->text);
    request_ = context_.units().start(plan, process ? std::optional(process->pid()) : std::nullopt);
  }

  // What an earlier run left in the way of the same name: a unit that failed, or whose finish hook is still
  // at work, or that systemd is about to forget.
  void retry(const UnitPlan& plan, std::unique_ptr<ScopeProcess>& process) {
    const Duration limit = monotonic() + leaving;
    for (std::string state; !(state = active_state(context_, plan.unit)).empty();) {
      if (state != "deactivating" && monotonic() >= limit) break;
      context_.units().wait(-1, look_pause);
    }
    if (retries_left_-- == 0 || is_loaded(context_, plan.unit))
      throw Error(Errc::refused, plan.unit + " is still there");
    if (retries_left_ < most_retries - 1) context_.units().wait(-1, look_pause);
    context_.units().reset_failed(plan.unit);
    request_ = context_.units().start(plan, process ? std::optional(process->pid()) : std::nullopt);
  }

  // The launcher tells the FIFO right after the record: only the second look means that it can't reach it.
  void look_at_record() {
    const Job job = this_run();
    decided_ = (job.current.started_at && std::exchange(looked_, true)) || has_ended(job) ||
               !is_loaded(context_, spec_.unit);
  }

  void give_up(const std::string& why) {
    if (!has_ended(this_run()))
      record_.append(Event("start-failed", run_, {{"step", "unit"}, {"text", why}}));
    remove_drop_in(context_.manager(), spec_.unit);
    conclude();
  }

  Job conclude() {
    if (const Job job = this_run(); !job.current.started_at && !has_ended(job))
      record_.append(
          Event("start-failed", run_,
                {{"step", "unit"},
                 {"text", "its unit ended before the program was started; see: journalctl " +
                              std::string(context_.is_system() ? "" : "--user ") + "-u " + spec_.unit}}));
    const Job job = this_run();
    // A job that runs is brought up to date by the next look.
    if (!job.current.ended_at) return job;
    context_.registry().update({refold(record_)});
    if (!is_loaded(context_, spec_.unit)) remove_drop_in(context_.manager(), spec_.unit);
    return job;
  }

  Context& context_;
  RecordFile& record_;
  StartFifo& fifo_;
  const Arrival adopt_;  // none where the launcher starts the program
  const JobSpec spec_;
  const int run_;
  std::shared_ptr<UnitJob> request_;
  int retries_left_ = most_retries;
  bool looked_ = false;
  bool decided_ = false;
};

}  // namespace

// Of "252.39-1~deb12u1", "v257-rc1".
int systemd_version(Context& context) {
  const std::string version = context.units().version();
  return std::atoi(version.c_str() + std::min(version.find_first_of("0123456789"), version.size()));
}

UnitPlan plan_unit(Context& context, const JobSpec& spec) {
  // Most jobs are the same for all of them.
  const int systemd = depends_on_version(spec) ? systemd_version(context) : 0;
  return to_unit_plan(spec, context.record_path(spec.uuid), context.helpers(), systemd);
}

Job start_adopted(Context& context, RecordFile& record, StartFifo& fifo, const Arrival& move) {
  Job job = Start(context, record, fifo, move).run();
  if (job.state == State::failed && job.current.reason == "could not start")
    throw Error(Errc::failed, job.current.detail);
  return job;
}

Job start_unit(Context& context, RecordFile& record, StartFifo& fifo) {
  Job job = Start(context, record, fifo).run();
  if (job.current.state == State::failed && job.current.reason == "could not start") {
    const std::string program = printable_ascii(job.spec.commands.front().front(), 200);
    throw Error(Errc::failed, "could not start " + program + ": " + job.current.detail);
  }
  return job;
}

}  // namespace jobctl
