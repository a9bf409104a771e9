#include "holder.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <optional>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.hpp"
#include "job/job.hpp"
#include "scope_end.hpp"
#include "setup.hpp"
#include "stop_request.hpp"
#include "terminal_log.hpp"
#include "util/error.hpp"

namespace jobctl {

namespace {

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
  explicit Holder(Launch& launch) : launch_(launch), spec_(launch.spec()), stop_(launch) {}

  int run() {
    open_output();
    apply_attributes(spec_);
    block_signals();
    run_commands();
    terminal_.reset();  // what follows doesn't return through here
    if (spec_.scope) finish_scope(launch_, result_);
    return spec_.scope ? 0 : end_like(result_);
  }

 private:
  // What the job's processes shall have is not for the holder.
  void block_signals() {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, nullptr);
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
      terminal_.emplace(spec_, std::move(log), launch_.terminal_size());
    } catch (const Error& error) {
      throw StartFailure{"terminal", 0, "", 208, error.what()};
    }
  }

  void run_commands() {
    for (size_t index = 0; index < spec_.commands.size(); ++index) {
      const ExitStatus exit = run_command(index);
      launch_.append({"command-ended",
                      launch_.run(),
                      {{"index", std::to_string(index)},
                       {"code", code_of(exit)},
                       {"status", std::to_string(exit.code ? *exit.code : *exit.signal)}}});
      stop_.note();
      // The first failure is the job's own, also when --keep-going lets the rest run.
      if (index == 0 || succeeded(spec_.success, result_)) result_ = exit;
      if (stop_.is_made() || (!succeeded(spec_.success, exit) && !spec_.keep_going)) return;
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
      std::vector<pollfd> fds{{stop_.fd(), POLLIN, 0}};
      if (terminal_) terminal_->add_to(fds);
      poll(fds.data(), fds.size(), timeout_ms());
      if (terminal_) terminal_->handle(fds, 1);
      if (fds[0].revents != 0) stop_.note();
      stop_.enforce();
      if (const auto exit = reap()) {
        if (terminal_) terminal_->drain();
        return *exit;
      }
    }
  }

  int timeout_ms() const {
    const int terminal = terminal_ ? terminal_->timeout_ms() : -1, left = stop_.timeout_ms();
    return terminal < 0 ? left : left < 0 ? terminal : std::min(left, terminal);
  }

  std::optional<ExitStatus> reap() const {
    std::optional<ExitStatus> exit;
    int status = 0;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
      if (pid == child_) exit = to_exit_status(status);
    return exit;
  }

  Launch& launch_;
  const JobSpec& spec_;
  StopRequest stop_;
  int64_t log_offset_ = 0;
  std::optional<TerminalLog> terminal_;
  pid_t child_ = 0;
  ExitStatus result_;
};

}  // namespace

int hold(Launch& launch) {
  return Holder(launch).run();
}

}  // namespace jobctl
