// One cgroup and those below it: its processes, killing and freezing them, and what they use. Linux,
// Documentation/admin-guide/cgroup-v2.rst. Asking about a cgroup that is gone is no error: nothing runs in
// it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "util/fd.hpp"

namespace jobctl {

// The cgroup of the calling process, "/user.slice/…/x.service". Throws Error on a machine without cgroup v2.
std::string own_cgroup(const std::string& file = "/proc/self/cgroup");

// The cgroup of a process; "" where it has ended or there is no cgroup v2.
std::string cgroup_of(pid_t pid, const std::string& proc = "/proc");

// Whether it is that cgroup or lies below it.
bool is_in_cgroup(const std::string& cgroup, const std::string& upper);

// The cgroup below a unit's own in which the processes of a job live.
std::string payload_of(const std::string& cgroup);

// The names of the services and scopes in a slice's cgroup and in those of the slices below it; nullopt where
// that cgroup isn't there.
std::optional<std::vector<std::string>> units_in_slice(const std::string& cgroup,
                                                       const std::string& root = "/sys/fs/cgroup");

class Cgroup {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  // `path` begins with '/' and is relative to `root`, where cgroup2 is mounted. Throws Error for any other,
  // also for the empty path of a run that never had a cgroup.
  explicit Cgroup(std::string path, const std::string& root = "/sys/fs/cgroup", std::string proc = "/proc");

  // The kernel's number for this very cgroup, which no other one gets that is made later under the same path;
  // 0 where it is gone.
  uint64_t id() const;
  // The numbers of this cgroup and of all below it: a job may make cgroups of its own. None where it is gone.
  std::vector<uint64_t> ids() const;
  // The same cgroup, held by a descriptor (open(2), O_PATH): one that is made later under the same path is
  // never mistaken for it.
  Cgroup pinned() const;

  const std::string& path() const { return path_; }
  const std::string& directory() const { return directory_; }
  bool exists() const;

  // Those that this cgroup may give to the ones below it: "cpu", "memory", …
  std::vector<std::string> controllers() const;

  // Of this cgroup and of all below it. Processes that this PID namespace can't see are counted, but have no
  // PID.
  size_t count_processes() const;
  std::vector<pid_t> pids() const;
  bool populated() const;

  // Throws Error where it can't be made; one that is there will do.
  void make() const;

  // Removes it and all below it, as far as they are empty.
  void remove() const;

  // SIGKILL for every process, those that are being forked included. Throws Error where it is refused, and
  // always for the root cgroup.
  void kill() const;

  // Sends a signal to every process, those that are forked meanwhile included. Throws Error where one can't
  // be reached, after all others.
  void signal(int number) const;

  // Stops every process where it stands, or lets them go on; takes effect soon, not at once. Throws Error;
  // nothing stands still in one that is gone.
  void freeze(bool frozen) const;
  bool frozen() const;            // every process stands still
  bool freeze_requested() const;  // freeze(true) was the last word here; says nothing about the cgroups above

  // False when the deadline passes first.
  bool wait_until_empty(Deadline deadline) const;
  bool wait_until_frozen(bool frozen, Deadline deadline) const;

  // What was used since the cgroup was made; nullopt where the controller isn't enabled or the kernel doesn't
  // tell.
  struct Io {
    uint64_t read_bytes = 0;
    uint64_t written_bytes = 0;
  };
  std::optional<uint64_t> cpu_usage_us() const;
  std::optional<uint64_t> memory_current() const;  // bytes
  std::optional<uint64_t> memory_peak() const;     // bytes; Linux 5.19
  std::optional<uint64_t> oom_kills() const;       // processes that the kernel killed for want of memory
  std::optional<uint64_t> memory_max() const;      // bytes; nullopt also without a limit
  std::optional<uint64_t> tasks() const;           // processes and threads
  std::optional<Io> io() const;

 private:
  std::optional<std::string> read(const std::string& file) const;
  int write(const std::string& file, const char* text) const;
  bool wait_for_event(const char* key, bool value, Deadline deadline) const;
  void refuse_root(const char* what) const;
  bool is_member(pid_t pid) const;
  int signal_member(pid_t pid, int number) const;
  std::vector<std::string> directories() const;
  std::string read_pids(const std::string& directory) const;
  void each_process(const std::function<void(pid_t)>& visit) const;

  std::string path_;
  std::string directory_;
  std::string proc_;
  std::shared_ptr<const Fd> pin_;
};

}  // namespace jobctl
