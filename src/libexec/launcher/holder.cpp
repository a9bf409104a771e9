#include "holder.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <optional>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.hpp"
#include "job/job.hpp"
#include "proc/cgroup.hpp"
#include "setup.hpp"
#include "terminal_log.hpp"
#include "util/error.hpp"
#include "util/process.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

ExitStatus exit_status(int wait_status) {
  ExitStatus exit;
  if (WIFEXITED(wait_status)) exit.code = WEXITSTATUS(wait_status);
  if (WIFSIGNALED(wait_status))
    exit.signal = WTERMSIG(wait_status), exit.core_dumped = WCOREDUMP(wait_status);
  return exit;
}

const char* code_of(const ExitStatus& exit) {
  return exit.code ? "exited" : exit.core_dumped ? "dumped" : "killed";
}

// The holder's end is the unit's main process' end for systemd.
int end_like(const ExitStatus& exit) {
  if (exit.code) return *exit.code;
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  signal(*exit.signal, SIG_DFL);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, *exit.signal);
  raise(*exit.signal);
  sigprocmask(SIG_UNBLOCK, &set, nullptr);
  return 128 + *exit.signal;
}

class Holder {
 public:
  explicit Holder(Launch& launch) : launch_(launch), spec_(launch.spec()) {}

  int run() {
    take_signals();
    open_output();
    apply_attributes(spec_);
    block_signals();
    run_commands();
    terminal_.reset();  // what follows doesn't return through here
    if (spec_.scope) finish_scope();
    return spec_.scope ? 0 : end_like(result_);
  }

 private:
  // Every signal that the unit's processes get is meant for the job. The holder stays to tell how it ended.
  void block_signals() {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, nullptr);
  }

  void take_signals() {
    block_signals();
    sigset_t wanted;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGCHLD);
    sigaddset(&wanted, SIGTERM);
    sigaddset(&wanted, spec_.stop_signal);
    signals_ = Fd(signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
  }

  void open_output() {
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(null, STDIN_FILENO);
    if (spec_.log_kind == LogKind::journal) return;
    Fd log = open_log(spec_);
    struct stat info {};
    fstat(log.get(), &info);
    log_offset_ = info.st_size;
    dup2(log.get(), STDOUT_FILENO);
    dup2(log.get(), STDERR_FILENO);
    if (!spec_.tty) return;
    try {
      terminal_.emplace(spec_, std::move(log));
    } catch (const Error& error) {
      throw StartFailure{"terminal", 0, "", 208, error.what()};
    }
  }

  void run_commands() {
    for (size_t index = 0; index < spec_.commands.size(); ++index) {
      const ExitStatus exit = run_command(index);
      launch_.record("command-ended", {{"index", std::to_string(index)},
                                       {"code", code_of(exit)},
                                       {"status", std::to_string(exit.code ? *exit.code : *exit.signal)}});
      note_signals();
      // The first failure is the job's own, also when --keep-going lets the rest run.
      if (index == 0 || succeeded(spec_.success, result_)) result_ = exit;
      if (stop_requested_ || (!succeeded(spec_.success, exit) && !spec_.keep_going)) return;
    }
  }

  ExitStatus run_command(size_t index) {
    const Argv& argv = spec_.commands[index];
    try {
      child_ = spawn_command(launch_, argv, job_environment(spec_, launch_.given()),
                             terminal_ ? terminal_->slave() : -1);
    } catch (const StartFailure& failure) {
      if (index == 0) throw;
      // As a shell would say it, in the log, where whoever looks for the reason looks.
      dprintf(STDERR_FILENO, "jobctl: could not start %s: %s\n", argv.front().c_str(),
              errno_text(failure.error).c_str());
      return {failure.error == ENOENT ? 127 : 126, {}, false};
    }
    if (index == 0) {
      launch_.record_started(child_, log_offset_);
      launch_.tell_started(child_);
      launch_.tell_running();
    }
    return wait_for_child();
  }

  ExitStatus wait_for_child() {
    for (;;) {
      std::vector<pollfd> fds{{signals_.get(), POLLIN, 0}};
      if (terminal_) terminal_->add_to(fds);
      poll(fds.data(), fds.size(), timeout_ms());
      if (terminal_) terminal_->handle(fds, 1);
      if (fds[0].revents != 0) note_signals();
      if (kill_at_ && monotonic() >= *kill_at_) kill_payload();
      if (const auto exit = reap()) {
        if (terminal_) terminal_->drain();
        return *exit;
      }
    }
  }

  int timeout_ms() const {
    const int terminal = terminal_ ? terminal_->timeout_ms() : -1;
    if (!kill_at_) return terminal;
    const auto left = static_cast<int>(std::max<int64_t>(0, (*kill_at_ - monotonic()).count() / 1000 + 1));
    return terminal < 0 ? left : std::min(left, terminal);
  }

  // systemd's SIGTERM to a scope reaches the job's processes themselves; what they don't heed by the stop
  // timeout is killed here, before systemd would kill the holder as well and nobody could tell how it ended.
  void note_signals() {
    signalfd_siginfo info{};
    while (read(signals_.get(), &info, sizeof info) == sizeof info) {
      if (info.ssi_signo == SIGCHLD) continue;
      stop_requested_ = true;
      if (spec_.scope && spec_.stop_timeout && !kill_at_) kill_at_ = monotonic() + *spec_.stop_timeout;
    }
  }

  void kill_payload() {
    Cgroup(payload_of(launch_.cgroup())).kill();
    kill_at_.reset();
  }

  std::optional<ExitStatus> reap() const {
    std::optional<ExitStatus> exit;
    int status = 0;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
      if (pid == child_) exit = exit_status(status);
    return exit;
  }

  // The finish hook, which systemd runs for services only.
  void finish_scope() {
    const std::string status =
        result_.code ? std::to_string(*result_.code) : signal_name(*result_.signal).substr(3);
    setenv("SERVICE_RESULT", "success", 1);
    setenv("EXIT_CODE", code_of(result_), 1);
    setenv("EXIT_STATUS", status.c_str(), 1);
    const std::string finish = own_folder() + "/finish";
    const std::string record = quote_path(launch_.record_path());
    execl(finish.c_str(), finish.c_str(), record.c_str(), nullptr);
  }

  Launch& launch_;
  const JobSpec& spec_;
  Fd signals_;
  int64_t log_offset_ = 0;
  std::optional<TerminalLog> terminal_;
  pid_t child_ = 0;
  ExitStatus result_;
  bool stop_requested_ = false;
  std::optional<Duration> kill_at_;
};

}  // namespace

int hold(Launch& launch) {
  return Holder(launch).run();
}

}  // namespace jobctl
