// The signals that ask a unit to stop, as whoever holds a job sees them: they are meant for the job's
// processes, which have got them, too, while the holder stays to tell how the job ended.
#pragma once

#include "launch.hpp"
#include "util/fd.hpp"
#include "util/time.hpp"

namespace jobctl {

class StopRequest {
 public:
  // Blocks all signals.
  explicit StopRequest(const Launch& launch);

  // Readable when there is one, or a child has ended.
  int fd() const { return signals_.get(); }
  void note();
  bool is_made() const { return is_made_; }

  // For poll(2): until enforce() has something to do; -1: for ever.
  int timeout_ms() const;
  // systemd's SIGTERM to a scope reaches the job's processes themselves; what they don't heed by the stop
  // timeout is killed here, before systemd would kill the holder as well and nobody could tell how it ended.
  void enforce();

 private:
  const Launch& launch_;
  Fd signals_;
  bool is_made_ = false;
  std::optional<Duration> kill_at_;
};

}  // namespace jobctl
