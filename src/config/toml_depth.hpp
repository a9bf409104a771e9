// A key such as a.a.a.… is a table within a table for each of its dots, and toml++ goes through them by
// recursion without a limit: 200 kB of it end the process.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace jobctl {

inline constexpr size_t deepest_key = 32;

// The line with a key of more parts than that; none in what people write.
std::optional<size_t> line_with_too_deep_key(std::string_view toml);

}  // namespace jobctl
