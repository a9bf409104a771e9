// Makes a log fit to be shown on a terminal: text, colours and carriage returns stay, everything else that
// could drive the terminal becomes visible.
#pragma once

#include <string>
#include <string_view>

namespace jobctl {

// A stream filter; how the input is cut into pieces makes no difference to the output. Kept are valid UTF-8
// without control characters, \n \r \t \b, and colours (SGR, ECMA-48 8.3.117: ESC [ digits m, at most 64
// bytes). Other control characters are shown as ^X, ESC too, with what follows it as plain text; U+0080 to
// U+009F and bytes that aren't UTF-8 become U+FFFD.
class Sanitizer {
 public:
  void feed(std::string_view input, std::string& output);

  // Puts out what was held back because more could have followed. For the end of the log.
  void finish(std::string& output);

 private:
  void put(bool at_end, std::string& output);

  std::string
      held_;  // not put out yet: between two calls the beginning of a character or of an escape sequence
};

}  // namespace jobctl
