// Numbers as people and files write them.
#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>

namespace jobctl {

// A whole decimal number and nothing else; nullopt also for one that the type can't hold.
template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// A byte as two hexadecimal digits, in lower case by default.
inline constexpr const char* lower_case_digits = "0123456789abcdef";
inline constexpr const char* upper_case_digits = "0123456789ABCDEF";

inline std::string to_hex(unsigned char byte, const char* digits = lower_case_digits) {
  return {digits[byte >> 4], digits[byte & 15]};
}

// The byte that two digits of either case mean.
inline std::optional<char> parse_hex(std::string_view digits) {
  unsigned char byte = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
  if (digits.size() != 2 || error != std::errc() || end != digits.data() + 2) return std::nullopt;
  return static_cast<char>(byte);
}

}  // namespace jobctl
