#include "job/health.hpp"

#include <algorithm>
#include <array>

#include "util/number.hpp"

namespace jobctl {

namespace {

constexpr std::array<const char*, 4> actions = {"tell", "restart", "kill", "alert"};

}  // namespace

const char* to_string(OnUnhealthy action) {
  return actions[static_cast<size_t>(action)];
}

std::optional<OnUnhealthy> parse_on_unhealthy(const std::string& text) {
  for (size_t i = 0; i < actions.size(); ++i)
    if (text == actions[i]) return static_cast<OnUnhealthy>(i);
  return std::nullopt;
}

std::string to_text(const HealthNote& note) {
  return std::to_string(note.run) + " " + std::to_string(note.failures) + " " +
         std::to_string(to_micros(note.time)) + " " + note.answer;
}

std::optional<HealthNote> parse_health_note(const std::string& text) {
  std::array<int64_t, 3> numbers{};
  size_t begin = 0;
  for (int64_t& number : numbers) {
    const size_t end = std::min(text.find(' ', begin), text.size());
    const auto parsed = parse_number<int64_t>(text.substr(begin, end - begin));
    if (!parsed || *parsed < 0 || end == text.size()) return std::nullopt;
    number = *parsed;
    begin = end + 1;
  }
  return HealthNote{static_cast<int>(numbers[0]), static_cast<uint32_t>(numbers[1]), from_micros(numbers[2]),
                    text.substr(begin)};
}

}  // namespace jobctl
