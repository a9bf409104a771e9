#include "terminal/raw_mode.hpp"

#include <cerrno>
#include <cstdlib>

#include <termios.h>
#include <unistd.h>

#include "util/error.hpp"

namespace jobctl {

namespace {

// What signal handlers need. Written only while none of them is installed, but for the last three.
struct Terminal {
  int fd = -1;
  termios before = {};
  termios during = {};
  ScreenSequences screen;
  volatile sig_atomic_t wanted = 0;  // a RawMode lives
  volatile sig_atomic_t times_set = 0;
  volatile sig_atomic_t active = 0;  // its mode is set, or nearly so
};

Terminal terminal;

// Setting the mode from the background would stop us (SIGTTOU) or spoil the shell's own mode.
bool is_background() noexcept {
  const pid_t foreground = tcgetpgrp(terminal.fd);
  return foreground > 0 && foreground != getpgrp();
}

// Again by another signal's handler, or cut off: there is nobody to tell.
void put(std::string_view sequence) noexcept {
  if (terminal.screen.fd < 0) return;
  [[maybe_unused]] const ssize_t n = write(terminal.screen.fd, sequence.data(), sequence.size());
}

// Both are for signal handlers too: async-signal-safe (signal-safety(7)), and errno stays.
void enter() noexcept {
  const int error = errno;
  if (terminal.wanted != 0 && !is_background()) {
    const bool is_new = terminal.active == 0;
    terminal.active = 1;
    tcsetattr(terminal.fd, TCSANOW, &terminal.during);
    if (is_new) put(terminal.screen.enter);
    terminal.times_set = terminal.times_set + 1;
  }
  errno = error;
}

void leave() noexcept {
  const int error = errno;
  if (terminal.active != 0 && !is_background()) {
    put(terminal.screen.leave);
    tcsetattr(terminal.fd, TCSANOW, &terminal.before);
  }
  terminal.active = 0;
  errno = error;
}

void leave_for_good() noexcept {
  terminal.wanted = 0;
  leave();
}

// As the signal's default action would have it. It is blocked while its handler runs: it comes on return.
void die(int number) noexcept {
  leave();
  signal(number, SIG_DFL);
  raise(number);
}

void stop(int number) noexcept {
  const int error = errno;
  leave();
  struct sigaction default_action = {};
  struct sigaction ours = {};
  default_action.sa_handler = SIG_DFL;
  sigaction(number, &default_action, &ours);
  raise(number);
  sigset_t stopping;
  sigset_t before;
  sigemptyset(&stopping);
  sigaddset(&stopping, number);
  sigprocmask(SIG_UNBLOCK, &stopping, &before);  // here we are stopped
  sigprocmask(SIG_SETMASK, &before, nullptr);
  sigaction(number, &ours, nullptr);
  enter();
  errno = error;
}

void go_on(int) noexcept {
  enter();
}

termios to_during(termios mode, KeyMode keys) {
  const tcflag_t output = mode.c_oflag;
  const tcflag_t signals = mode.c_lflag & ISIG;
  cfmakeraw(&mode);
  mode.c_cc[VMIN] = 1;
  mode.c_cc[VTIME] = 0;
  if (keys == KeyMode::raw) return mode;
  mode.c_oflag = output;
  mode.c_lflag |= signals | NOFLSH;  // Ctrl+C must not throw away output that isn't shown yet
  return mode;
}

constexpr int fatal_signals[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGILL,  SIGABRT, SIGBUS, SIGFPE,
                                 SIGSEGV, SIGPIPE, SIGALRM, SIGTERM, SIGUSR1, SIGUSR2};

}  // namespace

RawMode::RawMode(int fd, KeyMode mode, ScreenSequences screen) {
  termios before = {};
  if (tcgetattr(fd, &before) < 0) throw_errno("could not read the terminal's mode", errno);
  terminal.fd = fd;
  terminal.before = before;
  terminal.during = to_during(before, mode);
  terminal.screen = screen;
  static const bool registered = std::atexit(leave_for_good) == 0;
  static_cast<void>(registered);
  for (const int signal : fatal_signals) handle(signal, die);
  handle(SIGTSTP, stop);
  handle(SIGCONT, go_on);
  terminal.wanted = 1;
  enter();
}

RawMode::~RawMode() {
  leave_for_good();
  for (const auto& [signal, action] : previous_) sigaction(signal, &action, nullptr);
}

bool RawMode::is_active() const {
  return terminal.active != 0 && !is_background();
}

int RawMode::times_set() const {
  return terminal.times_set;
}

void RawMode::handle(int signal, void (*handler)(int)) {
  struct sigaction previous = {};
  if (sigaction(signal, nullptr, &previous) < 0 || previous.sa_handler != SIG_DFL) return;
  struct sigaction ours = {};
  ours.sa_handler = handler;
  ours.sa_flags = SA_RESTART;
  sigaction(signal, &ours, nullptr);
  previous_.emplace_back(signal, previous);
}

}  // namespace jobctl
