// Waiting for jobs to end.
#pragma once

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "commands/context.hpp"

namespace jobctl {

// Follows jobs until they have ended and their units are gone. Meant to be driven by a poll loop of the
// caller: wait() returns whenever there may be news, ended() has them.
class EndingWatch {
 public:
  EndingWatch(Context& context, std::vector<Job> jobs);

  // Looks again and returns those that have ended since the last call, as they are now.
  std::vector<Job> take_ended();
  // Those that systemd has started again, as they are now; they are followed further.
  std::vector<Job> take_restarted() { return std::exchange(restarted_, {}); }
  // Whether all of them ran at the last look.
  bool all_running() const;
  bool all_ended() const { return jobs_.empty(); }

  // Until there may be news of an ending (true), `fd` (-1: none) is readable or `timeout` is over (false).
  bool wait(int fd, std::optional<Duration> timeout);

 private:
  void go_on(Job& job, const Job& present);

  Context& context_;
  Duration look_at_ = monotonic();
  uint64_t seen_news_ = 0;
  std::vector<Job> jobs_;
  std::vector<Job> restarted_;
};

}  // namespace jobctl
