// Following a log in a test: as a caller does it, with a limit to the waiting.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <poll.h>

#include "log/follower.hpp"
#include "unit/log/temporary_directory.hpp"

namespace jobctl {

using Changes = std::vector<Change>;

using Clock = std::chrono::steady_clock;
constexpr auto patience = std::chrono::minutes(2);

// Waits as the follower says. False when it wasn't woken, or when all this takes too long.
inline bool wait_for(const Follower& follower, Clock::time_point deadline) {
  pollfd wake{follower.poll_fd(), POLLIN, 0};
  const int timeout = follower.timeout_ms();
  const int ready = poll(&wake, 1, timeout < 0 ? 60'000 : timeout);
  return (ready > 0 || timeout >= 0) && Clock::now() < deadline;
}

// Both ways of waking: by inotify alone, and without it.
class Follow : public testing::TestWithParam<FileWatch::Use> {
 protected:
  Follower follow() { return Follower(path_, GetParam()); }

  // As attach does, until `size` bytes have come.
  static std::string read_until(Follower& follower, size_t size, Changes* changes = nullptr) {
    const Clock::time_point deadline = Clock::now() + patience;
    std::string buffer;
    while (buffer.size() < size) {
      if (!wait_for(follower, deadline)) {
        ADD_FAILURE() << "not woken; got " << buffer.size() << " bytes of " << size;
        return buffer;
      }
      const Change change = follower.read_more(buffer);
      if (changes != nullptr && change != Change::none) changes->push_back(change);
    }
    return buffer;
  }

  // Everything that is there without waiting.
  static std::string read_now(Follower& follower, Changes* changes = nullptr) {
    std::string buffer;
    for (Change change = follower.read_more(buffer); change != Change::none;
         change = follower.read_more(buffer))
      if (changes != nullptr) changes->push_back(change);
    return buffer;
  }

  TemporaryDirectory directory_;
  std::string path_ = directory_ / "x.log";
};

inline std::string name_of(const testing::TestParamInfo<FileWatch::Use>& use) {
  return use.param == FileWatch::Use::inotify ? "inotify" : "timer";
}

}  // namespace jobctl
