#include "util/time_span.hpp"

#include <utility>

namespace jobctl {

std::string time_span_text(Duration duration) {
  constexpr std::pair<const char*, int64_t> units[] = {{"d", 86'400'000'000}, {"h", 3'600'000'000},
                                                       {"min", 60'000'000},   {"s", 1'000'000},
                                                       {"ms", 1'000},         {"us", 1}};
  std::string text;
  int64_t rest = duration.count();
  for (const auto& [name, micros] : units) {
    if (rest < micros) continue;
    text += (text.empty() ? "" : " ") + std::to_string(rest / micros) + name;
    rest %= micros;
  }
  return text.empty() ? "0" : text;
}

}  // namespace jobctl
