#include "terminal/screen.hpp"

#include <algorithm>

#include "util/fd.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

constexpr std::string_view private_mode = "\x1b[?";
constexpr size_t longest_command = 64;

constexpr std::string_view sane =
    // Updates are shown at once; modified keys as usual (xterm's modifyOtherKeys).
    "\x1b[?2026l\x1b[>4m"
    // Scrolling region: the whole screen, without moving the cursor.
    "\x1b\x37\x1b[r\x1b\x38"
    // Colours, character set, insert mode, line wrap.
    "\x1b[m\x1b(B\x0f\x1b[4l\x1b[?7h"
    // Cursor keys, keypad.
    "\x1b[?1l\x1b>"
    // Mouse and focus events, bracketed paste.
    "\x1b[?9l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1005l\x1b[?1006l\x1b[?1015l\x1b[?1004l\x1b[?2004l"
    // The cursor.
    "\x1b[?25h";

bool is_alternate(std::string_view mode) {
  return mode == "1049" || mode == "1047" || mode == "47";
}

// Whether `text` is how a sequence that sets private modes begins.
bool is_beginning(std::string_view text) {
  if (text.size() <= private_mode.size()) return private_mode.substr(0, text.size()) == text;
  return text.find_first_not_of("0123456789;", private_mode.size()) == std::string_view::npos;
}

}  // namespace

void AlternateScreen::feed(std::string_view output) {
  while (!output.empty()) {
    if (sequence_.empty()) output.remove_prefix(std::min(output.find('\x1b'), output.size()));
    if (output.empty()) return;
    const char byte = output.front();
    output.remove_prefix(1);
    if (byte == '\x1b') sequence_.clear();
    sequence_ += byte;
    if (is_beginning(sequence_) && sequence_.size() < longest_command) continue;
    const bool complete = sequence_.size() > private_mode.size() && (byte == 'h' || byte == 'l');
    if (complete) set_modes(std::string_view(sequence_).substr(private_mode.size()), byte == 'h');
    sequence_.clear();
  }
}

void AlternateScreen::set_modes(std::string_view modes, bool on) {
  modes.remove_suffix(1);
  for (const std::string& mode : split(modes, ';'))
    if (is_alternate(mode)) mode_ = on ? mode : "";
}

bool reset_screen(int fd, const AlternateScreen& screen) {
  std::string sequence;
  if (screen.is_active()) sequence = std::string(private_mode) + std::string(screen.mode()) + "l";
  return write_all(fd, sequence.append(sane));
}

}  // namespace jobctl
