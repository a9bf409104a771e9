#include "terminal/keys.hpp"

#include <array>
#include <optional>

namespace jobctl {

namespace {

constexpr char escape = '\x1b';
constexpr size_t longest_key = 32;

struct Sequence {
  std::string_view bytes;  // after ESC, with '[' also for the 'O' of keypads
  KeyCode code;
};

constexpr std::array<Sequence, 14> sequences = {{{"[A", KeyCode::up},
                                                 {"[B", KeyCode::down},
                                                 {"[C", KeyCode::right},
                                                 {"[D", KeyCode::left},
                                                 {"[H", KeyCode::home},
                                                 {"[F", KeyCode::end},
                                                 {"[1~", KeyCode::home},
                                                 {"[4~", KeyCode::end},
                                                 {"[7~", KeyCode::home},
                                                 {"[8~", KeyCode::end},
                                                 {"[5~", KeyCode::page_up},
                                                 {"[6~", KeyCode::page_down},
                                                 {"[M", KeyCode::enter},
                                                 {"", KeyCode::escape}}};

std::optional<KeyCode> find(std::string bytes) {
  if (bytes.starts_with('O')) bytes[0] = '[';
  for (const Sequence& sequence : sequences)
    if (bytes == sequence.bytes) return sequence.code;
  return std::nullopt;
}

// ECMA-48 5.4: ESC [, parameters, a final byte; ESC O takes one byte, and ESC with any other character is
// that key with Alt.
bool is_complete(std::string_view held) {
  if (held.size() < 2) return false;
  if (held[1] != '[') return held[1] != 'O' || held.size() > 2;
  // The Linux console's function keys have one byte more.
  if (held.size() > 2 && held[2] == '[') return held.size() > 3;
  return held.size() > 2 && held.back() >= '@' && held.back() <= '~';
}

std::optional<Key> plain_key(char byte) {
  if (byte == '\r' || byte == '\n') return Key{KeyCode::enter};
  if (byte >= ' ' && byte < '\x7f') return Key{KeyCode::character, byte};
  return std::nullopt;
}

}  // namespace

std::vector<Key> KeyReader::feed(std::string_view bytes) {
  std::vector<Key> keys;
  for (const char byte : bytes) {
    if (byte == escape || held_.size() >= longest_key) held_.clear();
    if (byte == escape || !held_.empty()) {
      held_ += byte;
      if (is_complete(held_)) take_sequence(keys);
    } else if (const auto key = plain_key(byte); key && !pasting_) {
      keys.push_back(*key);
    }
  }
  return keys;
}

void KeyReader::take_sequence(std::vector<Key>& keys) {
  const std::string sequence = held_.substr(1);
  held_.clear();
  if (sequence == "[200~" || sequence == "[201~") pasting_ = sequence == "[200~";
  if (const auto code = find(sequence); code && !pasting_) keys.push_back({*code});
}

std::vector<Key> KeyReader::release() {
  std::vector<Key> keys;
  if (held_.size() == 1) take_sequence(keys);
  held_.clear();
  return keys;
}

}  // namespace jobctl
