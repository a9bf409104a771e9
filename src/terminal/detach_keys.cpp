#include "terminal/detach_keys.hpp"

#include <optional>

#include "util/error.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

// ascii(7): a control character is its letter's code without the bits above 0x1f.
std::optional<char> control(char letter) {
  if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
  if (letter < '@' || letter > '_') return std::nullopt;
  return static_cast<char>(letter & 0x1f);
}

std::optional<char> parse_key(const std::string& key) {
  const bool printable = key.size() == 1 && key[0] >= 0x20 && key[0] < 0x7f;
  if (printable) return key[0];
  if (key == "DEL") return '\x7f';
  if (key.size() == 6 && key.substr(0, 5) == "ctrl-") return control(key[5]);
  return std::nullopt;
}

std::string describe_key(char key) {
  if (key == '\x7f') return "Del";
  if (key >= 0x20) return {key};
  return std::string("Ctrl+") + static_cast<char>(key | 0x40);
}

}  // namespace

std::string parse_detach_keys(std::string_view text) {
  std::string keys;
  for (const std::string& word : split(text, ',')) {
    const std::optional<char> key = parse_key(word);
    if (!key)
      throw Error(Errc::usage, "invalid key '" + printable_ascii(word, 40) + "' in --detach-keys",
                  "keys are single characters and ctrl-a … ctrl-z, ctrl-@ [ \\ ] ^ _, as in ctrl-p,ctrl-q");
    keys += *key;
  }
  if (keys.empty()) throw Error(Errc::usage, "no key in --detach-keys");
  return keys;
}

std::string describe_keys(std::string_view keys) {
  std::string text;
  for (const char key : keys) text += (text.empty() ? "" : " ") + describe_key(key);
  return text;
}

bool DetachKeys::filter(std::string_view input, std::string& output) {
  for (const char byte : input) {
    held_ += byte;
    while (keys_.compare(0, held_.size(), held_) != 0) {
      output += held_.front();
      held_.erase(0, 1);
    }
    if (held_.empty() || held_ != keys_) continue;
    held_.clear();
    return true;
  }
  return false;
}

void DetachKeys::release(std::string& output) {
  output += held_;
  held_.clear();
}

}  // namespace jobctl
