// What an attached terminal tells the holder of a job's pseudo-terminal. One message is one packet of a
// SOCK_SEQPACKET socket (unix(7)):
//   'i' bytes                 typed: 0 to 4096 bytes
//   'w' rows(2) columns(2)    the terminal's size, little endian
// Nothing comes back: output is read from the log.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace jobctl {

inline constexpr size_t max_input = 4096;  // as much as a terminal holds unread: N_TTY_BUF_SIZE of Linux
inline constexpr size_t max_packet = 1 + max_input;

struct WindowSize {
  uint16_t rows = 0;
  uint16_t columns = 0;

  bool operator==(const WindowSize&) const = default;
};

// "40x100", as records have it; and back, nullopt for what is none or has a 0.
std::string to_text(WindowSize size);
std::optional<WindowSize> parse_window_size(std::string_view text);

using Input = std::string;
using Message = std::variant<Input, WindowSize>;

// As many packets as the bytes need.
std::vector<std::string> encode_input(std::string_view bytes);
std::string encode_size(WindowSize size);

// nullopt for what isn't a message. The peer isn't trusted.
std::optional<Message> decode(std::string_view packet);

}  // namespace jobctl
