#include <cerrno>
#include <csignal>
#include <set>

#include "proc/cgroup.hpp"
#include "proc/pidfd.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"

namespace jobctl {

void Cgroup::kill() const {
  refuse_root("kill");
  const int error = write("cgroup.kill", "1");
  if (error == 0 || !exists()) return;
  // Before Linux 5.14 there is no cgroup.kill, and threaded cgroups refuse it.
  if (error != ENOENT && error != EOPNOTSUPP) throw_errno("could not kill " + path_, error);
  // Frozen, the cgroup can't fork away from us; SIGKILL reaches frozen processes.
  write("cgroup.freeze", "1");
  try {
    signal(SIGKILL);
  } catch (const Error&) {
    write("cgroup.freeze", "0");
    throw;
  }
  write("cgroup.freeze", "0");
}

// Until no new ones turn up.
void Cgroup::signal(int number) const {
  std::set<pid_t> tried;
  int failure = 0;
  for (bool found = true; found;) {
    found = false;
    for (const pid_t pid : pids()) {
      const int error = tried.contains(pid) ? ESRCH : signal_member(pid, number);
      if (error == ESRCH) continue;
      tried.insert(pid);
      found = true;
      if (error != 0) failure = error;
    }
  }
  if (failure != 0)
    throw_errno("could not send signal " + std::to_string(number) + " to every process of " + path_, failure);
}

bool Cgroup::is_member(pid_t pid) const {
  return is_in_cgroup(cgroup_of(pid, proc_), path_);
}

// The PID may have become another process since it was read: the pidfd holds on to one process, and only then
// is it asked where that process lives. 0, or what errno says: ESRCH where there was nobody.
int Cgroup::signal_member(pid_t pid, int number) const {
  const Fd pidfd = open_pidfd(pid);
  const bool unsupported = !pidfd && errno == ENOSYS;  // before Linux 5.3
  if (!pidfd && !unsupported) return ESRCH;
  if (!is_member(pid)) return ESRCH;
  const int result = unsupported ? ::kill(pid, number) : send_signal(pidfd, number);
  return result == 0 ? 0 : errno;
}

}  // namespace jobctl
