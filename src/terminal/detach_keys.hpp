// The keys that leave an attached job running, as docker's --detach-keys: "ctrl-p,ctrl-q".
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace jobctl {

inline constexpr std::string_view default_detach_keys = "ctrl-p,ctrl-q";

// The bytes that the keys send. Each key is one ASCII character or ctrl- and one of a-z @ [ \ ] ^ _,
// separated by commas; DEL is the delete key. Throws Error{usage} naming the key that isn't one.
std::string parse_detach_keys(std::string_view text);

// "Ctrl+P Ctrl+Q", for people.
std::string describe_keys(std::string_view keys);

// Looks for the keys in what is typed. What may be their beginning is held back until the next byte decides,
// or until the caller thinks that nothing will follow.
class DetachKeys {
 public:
  explicit DetachKeys(std::string keys) : keys_(std::move(keys)) {}

  // Appends to `output` what is for the job. True when the keys were typed; what was typed after them is
  // dropped.
  bool filter(std::string_view input, std::string& output);

  bool is_holding() const { return !held_.empty(); }
  void release(std::string& output);

 private:
  std::string keys_;
  std::string held_;  // the longest end of the input that is a beginning of keys_
};

}  // namespace jobctl
