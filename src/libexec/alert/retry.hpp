// When a webhook is asked again.
#pragma once

#include <array>

#include "util/time.hpp"

namespace jobctl {

// `status`: what was answered, 0: nothing.
constexpr bool may_pass(long status) {
  constexpr long too_many_requests = 429;
  return status == 0 || status == too_many_requests || (status >= 500 && status <= 599);
}

// Between one try and the next.
inline constexpr std::array<Duration, 4> pauses = {std::chrono::seconds(1), std::chrono::seconds(2),
                                                   std::chrono::seconds(4), std::chrono::seconds(8)};

}  // namespace jobctl
