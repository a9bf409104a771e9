// Keys as a terminal sends them (console_codes(4); xterm's, VT100's and the Linux console's sequences).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace jobctl {

enum class KeyCode { character, up, down, left, right, page_up, page_down, home, end, enter, escape };

struct Key {
  KeyCode code = KeyCode::character;
  char character = 0;  // printable ASCII, of KeyCode::character

  bool operator==(const Key&) const = default;
};

// A stream of bytes becomes keys, however it is cut into pieces. Keys that aren't among these do nothing, and
// neither does text that is pasted (bracketed paste, ESC [ ? 2004 h).
class KeyReader {
 public:
  std::vector<Key> feed(std::string_view bytes);

  // A sequence has begun, or the escape key was pressed: where nothing follows soon, release() says which.
  bool is_holding() const { return !held_.empty(); }
  std::vector<Key> release();

 private:
  void take_sequence(std::vector<Key>& keys);

  std::string held_;
  bool pasting_ = false;
};

}  // namespace jobctl
