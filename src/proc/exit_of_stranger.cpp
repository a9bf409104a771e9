#include "proc/exit_of_stranger.hpp"

#include <cerrno>

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "proc/read.hpp"

namespace jobctl {

namespace {

// struct pidfd_info of linux/pidfd.h in its first version; Debian 12's headers don't have it.
struct PidfdInfo {
  uint64_t mask;
  uint64_t cgroup_id;
  uint32_t pid, tgid, parent;
  uint32_t ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
  int32_t exit_code;
};
static_assert(sizeof(PidfdInfo) == 64);
constexpr unsigned long pidfd_get_info = _IOWR(0xFF, 11, PidfdInfo);
constexpr uint64_t pidfd_info_exit = 1 << 3;

// Told once the parent has taken its own answer.
std::optional<int> told_by_kernel(const Fd& pidfd) {
  PidfdInfo info{};
  info.mask = pidfd_info_exit;
  if (ioctl(pidfd.get(), pidfd_get_info, &info) != 0 || (info.mask & pidfd_info_exit) == 0)
    return std::nullopt;
  return info.exit_code;
}

// Whether proc(5) tells us more than zeros: the link of a zombie leads nowhere, that of a process which we
// may not look into can't be asked.
bool may_look_into(const std::string& directory) {
  char target[1];
  return readlink((directory + "/exe").c_str(), target, sizeof target) >= 0 || errno == ENOENT;
}

// exit_code of proc_pid_stat(5), the last field.
std::optional<int> seen_in_zombie(const Process& process) {
  const std::string directory = "/proc/" + std::to_string(process.pid);
  const std::string text = read_small_file(directory + "/stat").value_or("");
  const auto present = read_process(process.pid);
  const bool is_it = present && present->start_ticks == process.start_ticks && present->state == 'Z';
  if (!is_it || text.find(") Z ") == std::string::npos || !may_look_into(directory)) return std::nullopt;
  const auto code = file_number(std::string_view(text).substr(text.rfind(' ') + 1));
  return code ? std::optional(static_cast<int>(*code)) : std::nullopt;
}

bool is_there(const Process& process) {
  const auto present = read_process(process.pid);
  return present && present->start_ticks == process.start_ticks;
}

}  // namespace

std::optional<int> exit_of_stranger(const Fd& pidfd, const Process& process) {
  // Of a zombie that can't be looked into its parent may yet ask.
  constexpr int looks = 100, between_ms = 10;
  for (int look = 0; look < looks; ++look) {
    const bool was_there = is_there(process);
    if (const auto status = told_by_kernel(pidfd)) return status;
    if (const auto status = seen_in_zombie(process)) return status;
    if (!was_there) return std::nullopt;
    poll(nullptr, 0, between_ms);
  }
  return std::nullopt;
}

}  // namespace jobctl
