// What a job's output can leave behind on a terminal, and how it is undone.
#pragma once

#include <string>
#include <string_view>

namespace jobctl {

// Whether the output that was shown has switched to the alternate screen, as full-screen programs do. It has
// to be known: leaving it where it wasn't entered puts the cursor somewhere else.
class AlternateScreen {
 public:
  void feed(std::string_view output);

  bool is_active() const { return !mode_.empty(); }
  std::string_view mode() const { return mode_; }  // the private mode that entered it: "1049", "1047", "47"

 private:
  void set_modes(std::string_view modes, bool on);

  std::string sequence_;  // the control sequence that the output so far ends with, incomplete
  std::string mode_;
};

// Brings the terminal back to sanity without clearing anything: colours, character set, cursor, alternate
// screen, scrolling region, line wrap, keypad, mouse, bracketed paste. False with errno set when it can't be
// written.
bool reset_screen(int fd, const AlternateScreen& screen = {});

}  // namespace jobctl
