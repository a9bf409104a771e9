#include "commands/top_session.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <optional>

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "commands/attach_session.hpp"
#include "commands/background_verb.hpp"
#include "commands/captured_stderr.hpp"
#include "commands/jobs.hpp"
#include "commands/top_look.hpp"
#include "commands/top_model.hpp"
#include "terminal/pty.hpp"
#include "terminal/raw_mode.hpp"
#include "util/display.hpp"
#include "util/error.hpp"

namespace jobctl {

namespace {

// How long an escape sequence may take: after that it was the key.
constexpr Duration escape_pause = std::chrono::milliseconds(50);

// The alternate screen, no cursor, no wrapping of lines (a character may be wider than we think), pasted text
// marked as such; and the way back.
constexpr std::string_view enter_screen = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[?2004h";
constexpr std::string_view leave_screen = "\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?1049l";

// Signals that only mean that there is something to look at, as a descriptor; blocked while it lives. Those
// that end us are left to RawMode: they work also while systemd doesn't answer.
class News {
 public:
  News() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGWINCH);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, &before_);
    fd_ = Fd(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  }
  News(const News&) = delete;
  News& operator=(const News&) = delete;
  ~News() { sigprocmask(SIG_SETMASK, &before_, nullptr); }

  int fd() const { return fd_.get(); }
  void take() const {
    signalfd_siginfo info{};
    while (read(fd_.get(), &info, sizeof info) == sizeof info) {
    }
  }

 private:
  sigset_t before_{};
  Fd fd_;
};

// The terminal is ours for as long as this lives.
struct Screen {
  RawMode mode{STDIN_FILENO, KeyMode::watch, {STDOUT_FILENO, enter_screen, leave_screen}};
  CapturedStderr said;
};

class TopSession {
 public:
  TopSession(Context& context, const TopOptions& options)
      : context_(&context), options_(options), model_(options.column) {}

  int run() {
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_DFL);  // whoever started us may not have wanted to know
    next_look_ = monotonic() + options_.delay;
    model_.take(look_at_jobs(*context_, options_.query, loads_), now());
    screen_.emplace();
    while (!quit_) {
      draw();
      wait();
      take_results();
      read_keys();
      if (!quit_ && monotonic() >= next_look_) look();
    }
    return 0;
  }

 private:
  void look() {
    next_look_ = monotonic() + options_.delay;
    try {
      model_.take(look_at_jobs(*context_, options_.query, loads_), now());
      model_.note_trouble(screen_->said.take());
    } catch (const Error& error) {
      model_.note_trouble(error.what());
      renew_context();
    }
  }

  // A connection that was lost stays lost.
  void renew_context() try {
    auto context = std::make_unique<Context>(context_->manager());
    context_ = context.get();
    renewed_ = std::move(context);
  } catch (const Error& error) {
    model_.note_trouble(error.what());  // the configuration, of all things
  }

  // Only what has changed, each line erased and written at its place, so that nothing flickers. (Erasing
  // behind a line could mean its last character, where that is at the edge.)
  void draw() {
    if (!screen_->mode.is_active()) return;
    const WindowSize size = window_size(STDOUT_FILENO);
    if (!(size == drawn_size_) || screen_->mode.times_set() != drawn_on_) drawn_.clear();
    drawn_size_ = size;
    drawn_on_ = screen_->mode.times_set();
    model_.resize(size);
    std::vector<std::string> lines = model_.lines(style_of(STDOUT_FILENO));
    std::string text = drawn_.empty() ? "\x1b[2J" : "";
    for (size_t i = 0; i < lines.size(); ++i)
      if (i >= drawn_.size() || lines[i] != drawn_[i])
        text += "\x1b[" + std::to_string(i + 1) + ";1H\x1b[K" + lines[i];
    drawn_ = std::move(lines);
    if (!write_all(STDOUT_FILENO, text)) quit_ = true;
  }

  void wait() {
    const Duration left = std::max(Duration::zero(), next_look_ - monotonic());
    const Duration timeout = keys_.is_holding() ? std::min(left, escape_pause) : left;
    pollfd ready[] = {{STDIN_FILENO, POLLIN, 0}, {news_.fd(), POLLIN, 0}};
    // A signal's handler may have given the terminal away and taken it back: EINTR is a reason to draw.
    poll(ready, 2, static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(timeout).count()));
    news_.take();
  }

  void take_results() {
    std::erase_if(verbs_, [&](BackgroundVerb& verb) {
      const auto result = verb.take_result();
      if (!result) return false;
      model_.say(*result);
      next_look_ = monotonic();
      return true;
    });
  }

  void read_keys() {
    char buffer[4096];
    pollfd ready{STDIN_FILENO, POLLIN, 0};
    if (poll(&ready, 1, 0) <= 0) {
      for (const Key& key : keys_.release()) press(key);
      return;
    }
    const ssize_t n = read(STDIN_FILENO, buffer, sizeof buffer);
    if (n <= 0 && errno != EINTR) quit_ = true;  // the terminal is gone
    if (n <= 0) return;
    for (const Key& key : keys_.feed({buffer, static_cast<size_t>(n)}))
      if (!quit_) press(key);
  }

  void press(const Key& key) try {
    const TopRequest request = model_.press(key);
    if (request.wish == TopWish::quit) quit_ = true;
    if (request.wish == TopWish::quit || request.wish == TopWish::nothing) return;
    if (request.wish == TopWish::attach) return attach(request);
    verbs_.emplace_back(std::vector<std::string>{context_->is_system() ? "--system" : "--user",
                                                 verb_of(request.wish), request.uuid});
    model_.say(std::string(verb_of(request.wish)) + " " + request.name + " …");
  } catch (const Error& error) {
    model_.say(error.what());
  }

  void attach(const TopRequest& request) {
    context_->require_own("attach to");
    const Job job = find_one_job(*context_, {.names = {request.uuid}});
    sigset_t signals;
    sigprocmask(SIG_SETMASK, nullptr, &signals);
    screen_.reset();
    try {
      const Attached attached = attach_to(*context_, job, {});
      quit_ = attached.told_to_end;
      model_.say(request.name + (attached.ended ? " has ended" : " was left running"));
    } catch (const Error& error) {
      model_.say(error.what());
    }
    sigprocmask(SIG_SETMASK, &signals, nullptr);  // of an attach that failed
    if (!quit_) screen_.emplace();
    next_look_ = monotonic();
  }

  Context* context_;
  std::unique_ptr<Context> renewed_;
  const TopOptions& options_;
  TopModel model_;
  Loads loads_;
  KeyReader keys_;
  News news_;
  std::optional<Screen> screen_;
  std::vector<BackgroundVerb> verbs_;
  Duration next_look_{};
  std::vector<std::string> drawn_;  // what is on the screen
  WindowSize drawn_size_{};
  int drawn_on_ = 0;  // RawMode::times_set()
  bool quit_ = false;
};

}  // namespace

int run_top(Context& context, const TopOptions& options) {
  return TopSession(context, options).run();
}

}  // namespace jobctl
