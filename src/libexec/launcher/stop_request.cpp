#include "stop_request.hpp"

#include <algorithm>
#include <csignal>

#include <sys/signalfd.h>
#include <unistd.h>

#include "proc/cgroup.hpp"

namespace jobctl {

StopRequest::StopRequest(const Launch& launch) : launch_(launch) {
  sigset_t set;
  sigfillset(&set);
  sigprocmask(SIG_SETMASK, &set, nullptr);
  sigemptyset(&set);
  for (const int number : {SIGCHLD, SIGTERM, launch.spec().stop_signal}) sigaddset(&set, number);
  signals_ = Fd(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

void StopRequest::note() {
  const JobSpec& spec = launch_.spec();
  signalfd_siginfo info{};
  while (read(signals_.get(), &info, sizeof info) == sizeof info) {
    if (info.ssi_signo == SIGCHLD) continue;
    is_made_ = true;
    if (spec.scope && spec.stop_timeout && !kill_at_) kill_at_ = monotonic() + *spec.stop_timeout;
  }
}

int StopRequest::timeout_ms() const {
  if (!kill_at_) return -1;
  return static_cast<int>(std::max<int64_t>(0, (*kill_at_ - monotonic()).count() / 1000 + 1));
}

void StopRequest::enforce() {
  if (!kill_at_ || monotonic() < *kill_at_) return;
  Cgroup(payload_of(launch_.cgroup())).kill();
  kill_at_.reset();
}

}  // namespace jobctl
