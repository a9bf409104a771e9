// The keyboard of the terminal we are attached with (termios(3)), and its way back whatever ends us.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include <signal.h>

namespace jobctl {

enum class KeyMode {
  raw,    // every key is input, output isn't changed: for a job with a terminal of its own
  watch,  // keys come at once and unseen, but Ctrl+C, Ctrl+Z and Ctrl+\ stay signals: for a job without one
};

// What is written to the terminal's screen with the change of mode, and with each change back; of static
// storage, because a signal handler may write them.
struct ScreenSequences {
  int fd = -1;  // -1: nothing is
  std::string_view enter;
  std::string_view leave;
};

// Sets the mode for its lifetime; one at a time. The mode that was there comes back also at exit(3), at fatal
// signals, and while we are stopped (Ctrl+Z): of these, signals that have a handler or are ignored are left
// to whoever did that, with the duty to unwind. Never touches a terminal that is another process group's by
// now.
class RawMode {
 public:
  // Throws Error when `fd` isn't a terminal.
  RawMode(int fd, KeyMode mode, ScreenSequences screen = {});
  RawMode(const RawMode&) = delete;
  RawMode& operator=(const RawMode&) = delete;
  ~RawMode();

  // Whether the mode is set: not while another process group has the terminal.
  bool is_active() const;
  // How often it was set: what is on the screen may be somebody else's after the next time.
  int times_set() const;

 private:
  void handle(int signal, void (*handler)(int));

  std::vector<std::pair<int, struct sigaction>> previous_;
};

}  // namespace jobctl
