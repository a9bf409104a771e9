#include <csignal>
#include <cstring>

#include "job/job.hpp"

namespace jobctl {

std::string signal_name(int number) {
  if (const char* name = sigabbrev_np(number)) return std::string("SIG") + name;
  if (number >= SIGRTMIN && number <= SIGRTMAX) return "SIGRTMIN+" + std::to_string(number - SIGRTMIN);
  return "signal " + std::to_string(number);
}

std::optional<int> parse_signal(const std::string& text) {
  if (!text.empty() && text.find_first_not_of("0123456789") == std::string::npos) {
    if (text.size() > 2) return std::nullopt;
    const int number = std::stoi(text);
    return number >= 1 && number <= SIGRTMAX ? std::optional(number) : std::nullopt;
  }
  std::string name;
  for (const char c : text) name += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  if (!name.starts_with("SIG")) name.insert(0, "SIG");
  for (int number = 1; number <= SIGRTMAX; ++number)
    if (name == signal_name(number)) return number;
  if (name == "SIGRTMIN") return SIGRTMIN;
  if (name == "SIGRTMAX") return SIGRTMAX;
  return std::nullopt;
}

}  // namespace jobctl
