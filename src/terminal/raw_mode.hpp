// The keyboard of the terminal we are attached with (termios(3)), and its way back whatever ends us.
#pragma once

#include <utility>
#include <vector>

#include <signal.h>

namespace jobctl {

enum class KeyMode {
  raw,    // every key is input, output isn't changed: for a job with a terminal of its own
  watch,  // keys come at once and unseen, but Ctrl+C, Ctrl+Z and Ctrl+\ stay signals: for a job without one
};

// Sets the mode for its lifetime; one at a time. The mode that was there comes back also at exit(3), at fatal
// signals, and while we are stopped (Ctrl+Z): of these, signals that have a handler or are ignored are left
// to whoever did that, with the duty to unwind. Never touches a terminal that is another process group's by
// now.
class RawMode {
 public:
  // Throws Error when `fd` isn't a terminal.
  RawMode(int fd, KeyMode mode);
  RawMode(const RawMode&) = delete;
  RawMode& operator=(const RawMode&) = delete;
  ~RawMode();

 private:
  void handle(int signal, void (*handler)(int));

  std::vector<std::pair<int, struct sigaction>> previous_;
};

}  // namespace jobctl
