#include "adopted.hpp"

#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "proc/cgroup.hpp"
#include "proc/exit_of_stranger.hpp"
#include "proc/pidfd.hpp"
#include "scope_end.hpp"
#include "stop_request.hpp"

namespace jobctl {

namespace {

constexpr int status_of_failure = 1;

// By a handle, so that it stays this process.
struct Adopted {
  Fd handle;
  Process process;
  bool is_gone = false;  // while the others were still being moved
};

bool is_in_payload(pid_t pid, const Launch& launch) {
  return is_in_cgroup(cgroup_of(pid), payload_of(launch.cgroup()));
}

void wait_for_move(pid_t pid, const Launch& launch) {
  constexpr int looks = 500, between_ms = 10;
  for (int look = 0; look < looks && kill(pid, 0) == 0 && !is_in_payload(pid, launch); ++look)
    poll(nullptr, 0, between_ms);
}

Adopted find(const Launch& launch, const AdoptedProcess& wanted, bool is_moved) {
  Adopted adopted{open_pidfd(wanted.pid), {}};
  const int error = errno;
  if (!adopted.handle && error != ESRCH) throw StartFailure{"adopt", error, "", status_of_failure, {}};
  if (!is_moved) wait_for_move(wanted.pid, launch);
  const auto present = read_process(wanted.pid);
  const bool is_it = adopted.handle && present && present->start_ticks == wanted.start_ticks;
  adopted.process.started_at = now();
  adopted.is_gone = !is_it && (is_moved || Cgroup(payload_of(launch.cgroup())).populated());
  if (adopted.is_gone) return adopted;
  if (!is_it || !is_in_payload(wanted.pid, launch))
    throw StartFailure{"adopt", 0, "", status_of_failure,
                       "process " + std::to_string(wanted.pid) + (is_it ? " was not moved" : " has ended")};
  adopted.process = *present;
  return adopted;
}

// Until `has_ended`, which may be so when `fd` has told something.
template <class HasEnded>
void wait_until(HasEnded has_ended, StopRequest& stop, int fd, short events) {
  while (!has_ended()) {
    pollfd fds[] = {{stop.fd(), POLLIN, 0}, {fd, events, 0}};
    poll(fds, 2, stop.timeout_ms());
    if (fds[0].revents != 0) stop.note();
    stop.enforce();
  }
}

std::optional<ExitStatus> wait_for_process(const Adopted& adopted, StopRequest& stop) {
  if (adopted.is_gone) return std::nullopt;
  const auto has_ended = [&] {
    pollfd ended{adopted.handle.get(), POLLIN, 0};
    return poll(&ended, 1, 0) == 1;
  };
  wait_until(has_ended, stop, adopted.handle.get(), POLLIN);
  const auto status = exit_of_stranger(adopted.handle, adopted.process);
  return status ? std::optional(to_exit_status(*status)) : std::nullopt;
}

// Each has an exit status of its own, and none of them is the job's. The kernel tells changes of
// cgroup.events (cgroup-v2.rst, "populated") as POLLPRI.
void wait_for_all(const Launch& launch, StopRequest& stop) {
  const Cgroup payload(payload_of(launch.cgroup()));
  const Fd events(open((payload.directory() + "/cgroup.events").c_str(), O_RDONLY | O_CLOEXEC));
  const auto has_ended = [&] {
    char text[256];
    return pread(events.get(), text, sizeof text, 0) <= 0 || !payload.populated();
  };
  wait_until(has_ended, stop, events.get(), POLLPRI);
}

}  // namespace

int watch_adopted(Launch& launch, bool is_moved) {
  StopRequest stop(launch);
  launch.find_cgroup();
  const AdoptedProcess wanted = launch.adopted().value_or(AdoptedProcess());
  const Adopted adopted = find(launch, wanted, is_moved);
  const pid_t main_pid = wanted.is_orphan ? 0 : wanted.pid;
  launch.record_adopted(main_pid, adopted.process.started_at);
  launch.tell_started(main_pid);
  launch.tell_running();
  std::optional<ExitStatus> exit;
  if (wanted.is_orphan)
    wait_for_all(launch, stop);
  else
    exit = wait_for_process(adopted, stop);
  finish_scope(launch, exit);
  return status_of_failure;
}

}  // namespace jobctl
