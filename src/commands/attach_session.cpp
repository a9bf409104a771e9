#include "commands/attach_session.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>

#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "commands/ending.hpp"
#include "commands/job_output.hpp"
#include "commands/records.hpp"
#include "commands/stop.hpp"
#include "output/words.hpp"
#include "proc/cgroup.hpp"
#include "terminal/attach_socket.hpp"
#include "terminal/detach_keys.hpp"
#include "terminal/protocol.hpp"
#include "terminal/pty.hpp"
#include "terminal/raw_mode.hpp"
#include "terminal/sanitize.hpp"
#include "terminal/screen.hpp"
#include "util/error.hpp"
#include "util/poll_set.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

constexpr char ctrl_c = 0x03;
constexpr int64_t lines_without_terminal = 10;

// The beginning of the detach keys may be meant for the job, if nothing follows soon.
constexpr Duration key_pause = std::chrono::milliseconds(500);

// Whether Ctrl+C on the job's terminal is an interrupt. A program that reads single keys (an editor, a prompt
// with line editing) deals with it as it likes, and is not to be ended by the second one.
bool interrupts_by_key(const Job& job) {
  const Fd terminal(open(("/proc/" + std::to_string(job.current.pid) + "/fd/0").c_str(),
                         O_RDONLY | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
  termios mode{};
  return terminal && tcgetattr(terminal.get(), &mode) == 0 && (mode.c_lflag & ISIG) &&
         (mode.c_lflag & ICANON);
}

// Where its exit status says all about how it ended.
bool is_told_by_status(const Run& run) {
  if (!run.exit.code) return false;
  return run.state == State::failed ? run.reason == std::to_string(*run.exit.code)
                                    : run.state == State::done || run.exit.code != 0;
}

class AttachSession {
 public:
  AttachSession(Context& context, const Job& job, const AttachOptions& options)
      : context_(context),
        job_(job),
        options_(options),
        keys_(parse_detach_keys(options.detach_keys.empty() ? context.config().detach_keys
                                                            : options.detach_keys)),
        detach_keys_(keys_),
        watch_(context, {job}),
        to_terminal_(isatty(STDOUT_FILENO)) {
    take_signals();
    output_ = open_output(context, job, range());
    if (job.spec.tty) connect_terminal();
    poll_.add(output_->poll_fd());
    poll_.add(signals_.get());
    if (isatty(STDIN_FILENO) && tcgetpgrp(STDIN_FILENO) == getpgrp()) {
      poll_.add(STDIN_FILENO);
      raw_mode_.emplace(STDIN_FILENO, socket_ ? KeyMode::raw : KeyMode::watch);
    }
  }

  Attached run() {
    greet();
    ended_ = watch_.take_ended();
    while (show_output() && !detached_) {
      if (!ended_.empty()) return {end(), true, told_to_end_};
      const bool news = watch_.wait(poll_.fd(), timeout());
      take_input();
      if (news && !detached_) ended_ = watch_.take_ended();
      for (const Job& job : watch_.take_restarted()) go_on_with(job);
    }
    leave_terminal();
    if (detached_) message(job_.spec.name + " was left running");
    return {0, false, told_to_end_};
  }

 private:
  OutputRange range() const {
    OutputRange range;
    range.follow = true;
    if (options_.whole_run)
      range.offset = job_.current.log_offset;
    else
      range.lines = options_.lines ? *options_.lines : default_lines();
    if (options_.whole_run && options_.lines) range.lines = options_.lines;
    return range;
  }

  int64_t default_lines() const {
    const WindowSize size = to_terminal_ ? window_size(STDOUT_FILENO) : WindowSize{};
    return size.rows > 2 ? size.rows - 2 : lines_without_terminal;
  }

  void take_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGWINCH}) sigaddset(&set, number);
    sigprocmask(SIG_BLOCK, &set, &previous_signals_);
    signals_ = Fd(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    // A terminal that is gone refuses what is written before its SIGHUP comes, which may come when all is
    // done here.
    for (const int number : {SIGPIPE, SIGHUP}) signal(number, SIG_IGN);
  }

  void connect_terminal() {
    if (auto socket = connect_attach(terminal_path(job_.spec.runtime_dir, job_.spec.uuid)))
      socket_ = std::move(*socket);
    send_size();
  }

  void send_size() {
    const WindowSize size = own_window_size();
    if (socket_ && size.rows > 0) send_packet(socket_.get(), encode_size(size));
  }

  void greet() {
    const std::string leave = describe_keys(keys_) + " leaves it running";
    std::string interrupt = options_.kill_on_interrupt ? "Ctrl+C interrupts the job, " : "Ctrl+C detaches, ";
    if (is_active(job_.state)) message_line("[" + title() + ": " + interrupt + leave + "]");
  }

  std::string title() const { return shown_name(job_.spec) + " " + job_.spec.uuid.substr(0, 8); }

  // Where the keyboard is raw a line needs its carriage return.
  void message_line(const std::string& text) const {
    dprintf(STDERR_FILENO, "%s%s\n", text.c_str(), raw_mode_ && socket_ ? "\r" : "");
  }
  void message(const std::string& text) const { message_line("[" + text + "]"); }

  bool show_output() {
    std::string bytes;
    while (output_->read_more(bytes)) {
      if (!show(bytes)) return false;
      bytes.clear();
    }
    return true;
  }

  bool show(const std::string& bytes) {
    std::string text;
    if (to_terminal_ && !job_.spec.tty)
      sanitizer_.feed(bytes, text);
    else
      text = bytes;
    if (to_terminal_ && job_.spec.tty) screen_.feed(text);
    if (write_all(STDOUT_FILENO, text)) return true;
    if (errno == EPIPE || errno == EIO) return false;
    throw_errno("could not write the output of " + job_.spec.name, errno);
  }

  std::optional<Duration> timeout() const {
    std::optional<Duration> shortest;
    const auto consider = [&](Duration duration) {
      shortest = std::max(Duration::zero(), shortest ? std::min(*shortest, duration) : duration);
    };
    if (output_->timeout_ms() >= 0) consider(std::chrono::milliseconds(output_->timeout_ms()));
    if (stop_at_) consider(*stop_at_ - monotonic());
    if (detach_keys_.is_holding()) consider(key_pause);
    return shortest;
  }

  void take_input() {
    take_pending_signals();
    read_keys();
    if (stop_at_ && monotonic() >= *stop_at_) end_patience();
  }

  // A shell survives the interrupt of what it ran, and reads keys again.
  void end_patience() {
    if (job_.spec.tty && !interrupts_by_key(job_))
      stop_at_.reset();
    else
      stop_job();
  }

  void take_pending_signals() {
    signalfd_siginfo info{};
    while (read(signals_.get(), &info, sizeof info) == sizeof info) {
      if (info.ssi_signo == SIGWINCH)
        send_size();
      else if (info.ssi_signo == SIGINT)
        interrupt();
      else
        detached_ = told_to_end_ = true;
    }
  }

  void read_keys() {
    if (!raw_mode_) return;
    char buffer[4096];
    std::string typed;
    pollfd ready{STDIN_FILENO, POLLIN, 0};
    if (poll(&ready, 1, 0) > 0) {
      const ssize_t n = read(STDIN_FILENO, buffer, sizeof buffer);
      if (n <= 0) detached_ = told_to_end_ = true;  // the terminal is gone
      if (n > 0 && detach_keys_.filter({buffer, static_cast<size_t>(n)}, typed)) detached_ = true;
    } else {
      detach_keys_.release(typed);
    }
    if (socket_) type(typed);
  }

  void type(const std::string& keys) {
    if (keys.find(ctrl_c) != std::string::npos) {
      if (!options_.kill_on_interrupt)
        detached_ = true;
      else if (interrupts_by_key(job_))
        note_interrupt();
    } else if (!keys.empty() && stop_at_ != Duration::max()) {
      stop_at_.reset();  // whoever types on wants it to go on
    }
    if (detached_) return;
    for (const std::string& packet : encode_input(keys)) send_packet(socket_.get(), packet);
  }

  void interrupt() {
    if (!options_.kill_on_interrupt) {
      detached_ = true;
      return;
    }
    const bool first = !stop_at_;
    note_interrupt();
    if (first) Cgroup(payload_of(job_.current.cgroup)).signal(SIGINT);
  }

  void note_interrupt() {
    if (stop_at_) {
      stop_job();
      return;
    }
    open_record(context_, job_)
        .append(Event("signal-sent", job_.run,
                      {{"signal", std::to_string(SIGINT)},
                       {"by", context_.requester()},
                       {"how", "Ctrl+C in jobctl attach"}}));
    message("interrupt sent; Ctrl+C again stops every process of the job");
    stop_at_ = monotonic() + job_.spec.stop_timeout.value_or(std::chrono::hours(24 * 365));
  }

  void stop_job() {
    message("stopping every process of the job");
    stop_at_ = Duration::max();  // once is enough
    stop_jobs(context_, {job_}, {"attach", false}, [&](const Stopped& stopped) {
      if (!stopped.problem.empty()) message("could not stop it: " + stopped.problem);
    });
  }

  // systemd has started it again. A terminal is a new one.
  void go_on_with(const Job& job) {
    job_ = job;
    // Who interrupts it wants its end.
    if (std::exchange(stop_at_, std::nullopt)) return stop_job();
    message(shown_name(job_.spec) + " was started again, run " + std::to_string(job_.run));
    if (job_.spec.tty) connect_terminal();
  }

  int end() {
    show_output();
    std::string rest;
    sanitizer_.finish(rest);
    if (to_terminal_ && !job_.spec.tty) write_all(STDOUT_FILENO, rest);
    leave_terminal();
    const Job& job = ended_.front();
    std::string text = shown_name(job.spec) + " ended: ";
    text += is_told_by_status(job.current) ? "exit status " + std::to_string(*job.current.exit.code)
                                           : ending_in_words(job, job.current);
    if (const auto runtime = job.runtime(now())) text += " after " + to_hms(*runtime);
    message(text);
    return passthrough_status(job.current);
  }

  void leave_terminal() {
    if (raw_mode_ && to_terminal_ && job_.spec.tty) reset_screen(STDOUT_FILENO, screen_);
    raw_mode_.reset();
    sigprocmask(SIG_SETMASK, &previous_signals_, nullptr);
  }

  Context& context_;
  Job job_;
  const AttachOptions options_;
  const std::string keys_;
  DetachKeys detach_keys_;
  EndingWatch watch_;
  const bool to_terminal_;
  sigset_t previous_signals_{};
  Fd signals_;
  std::unique_ptr<JobOutput> output_;
  Fd socket_;
  PollSet poll_;
  std::optional<RawMode> raw_mode_;
  Sanitizer sanitizer_;
  AlternateScreen screen_;
  bool detached_ = false;
  bool told_to_end_ = false;
  std::optional<Duration> stop_at_;
  std::vector<Job> ended_;
};

}  // namespace

Attached attach_to(Context& context, const Job& job, const AttachOptions& options) {
  if (job.state == State::queued)
    throw Error(Errc::refused, shown_name(job.spec) + " is queued: there is nothing to attach to yet",
                "its output when it comes: jobctl logs -f " + job.spec.uuid.substr(0, 8));
  AttachOptions possible = options;
  if (runs_elsewhere(job)) possible.kill_on_interrupt = false;  // it can only be watched from here
  return AttachSession(context, job, possible).run();
}

}  // namespace jobctl
