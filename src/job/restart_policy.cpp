#include "job/restart_policy.hpp"

#include <algorithm>

#include "util/error.hpp"
#include "util/number.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

constexpr Duration default_delay = std::chrono::seconds(1);
constexpr Duration default_max_delay = std::chrono::minutes(5);

// A run that lasts longer has not crashed in a loop.
constexpr Duration quick = std::chrono::seconds(10);
constexpr uint32_t crash_loop = 10;  // restarts

constexpr std::pair<const char*, RestartWhen> words[] = {
    {"no", RestartWhen::no}, {"on-failure", RestartWhen::on_failure}, {"always", RestartWhen::always}};

Duration first_delay(const RestartPolicy& policy) {
  return policy.delay.value_or(default_delay);
}

Duration last_delay(const RestartPolicy& policy) {
  return std::max(first_delay(policy), policy.max_delay.value_or(default_max_delay));
}

}  // namespace

void set_restart(RestartPolicy& policy, const std::string& text, const std::string& what) {
  const size_t colon = std::min(text.find(':'), text.size());
  const auto word = std::find_if(std::begin(words), std::end(words),
                                 [&](const auto& entry) { return text.substr(0, colon) == entry.first; });
  const auto limit = colon < text.size() ? parse_number<uint32_t>(text.substr(colon + 1)) : std::nullopt;
  const bool wrong_limit = colon < text.size() && (!limit || *limit == 0 || *limit > 1'000'000);
  if (word == std::end(words) || wrong_limit || (limit && word->second == RestartWhen::no))
    throw Error(Errc::usage, what + ": \"" + printable_ascii(text, 40) +
                                 "\" is none of no, on-failure[:N], always[:N] (N: how often at most)");
  policy.when = word->second;
  policy.limit = limit;
}

std::string restart_text(const RestartPolicy& policy) {
  const std::string word = words[static_cast<size_t>(policy.when)].first;
  return policy.limit ? word + ":" + std::to_string(*policy.limit) : word;
}

Duration restart_delay(const RestartPolicy& policy, int restarts) {
  const Duration most = last_delay(policy);
  Duration delay = first_delay(policy);
  for (; restarts > 0 && delay < most && delay > Duration::zero(); --restarts) delay *= 2;
  return std::min(delay, most);
}

uint32_t restart_steps(const RestartPolicy& policy) {
  uint32_t steps = 0;
  const Duration most = last_delay(policy);
  for (Duration delay = first_delay(policy); delay > Duration::zero() && delay < most; delay *= 2) ++steps;
  return steps;
}

StartLimit start_limit(const RestartPolicy& policy) {
  if (policy.limit) return {*policy.limit + 1, {}};
  Duration interval = quick * (crash_loop + 1);
  for (uint32_t i = 0; i < crash_loop; ++i) interval += restart_delay(policy, static_cast<int>(i));
  return {crash_loop + 1, interval};
}

bool is_beyond(const StartLimit& limit, const std::vector<Time>& starts, Time next) {
  std::optional<Time> begin;
  uint32_t count = 0;
  const auto is_refused = [&](Time time) {
    if (!begin || (limit.interval && time - *begin > *limit.interval)) {
      begin = time;
      count = 0;
    }
    return ++count > limit.burst;
  };
  for (const Time start : starts) is_refused(start);
  return is_refused(next);
}

}  // namespace jobctl
