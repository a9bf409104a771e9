#include "log/file_watch.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <string_view>

#include <linux/magic.h>
#include <sys/inotify.h>
#include <sys/statfs.h>

namespace jobctl {

namespace {

// File systems that tell every write to inotify, as statfs(2) numbers them. What isn't here is taken for one
// that doesn't (NFS, CIFS, Lustre, FUSE, and overlayfs, whose lower file is silently replaced by a copy).
bool is_local(const struct statfs& status) {
  constexpr int64_t zfs = 0x2fc12fc1;
  constexpr int64_t bcachefs = 0xca451a4e;
  constexpr int64_t jfs = 0x3153464a;
  constexpr int64_t local[] = {EXT4_SUPER_MAGIC,
                               XFS_SUPER_MAGIC,
                               BTRFS_SUPER_MAGIC,
                               TMPFS_MAGIC,
                               RAMFS_MAGIC,
                               F2FS_SUPER_MAGIC,
                               REISERFS_SUPER_MAGIC,
                               MSDOS_SUPER_MAGIC,
                               zfs,
                               bcachefs,
                               jfs};
  const int64_t type = static_cast<uint32_t>(status.f_type);
  return std::find(std::begin(local), std::end(local), type) != std::end(local);
}

std::string directory_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return path.substr(0, std::max<size_t>(slash, 1));
}

// Whether one of the events tells that the directory went away or moved, so that another one may lie at its
// path.
bool ends_watch(std::string_view events, int watch) {
  constexpr uint32_t ends = IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT;
  while (events.size() >= sizeof(inotify_event)) {
    inotify_event event{};
    memcpy(&event, events.data(), sizeof event);
    if (event.wd == watch && (event.mask & ends) != 0) return true;
    events.remove_prefix(std::min(events.size(), sizeof event + event.len));
  }
  return false;
}

}  // namespace

FileWatch::FileWatch(const std::string& path, Use use) : directory_(directory_of(path)) {
  if (use == Use::inotify) inotify_ = Fd(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  watch_directory();
}

void FileWatch::watch_directory() {
  if (!inotify_) return;
  constexpr uint32_t mask = IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
  const int watch = inotify_add_watch(inotify_.get(), directory_.c_str(), mask);
  if (directory_watch_ >= 0 && directory_watch_ != watch) inotify_rm_watch(inotify_.get(), directory_watch_);
  directory_watch_ = watch;
  struct statfs status = {};
  directory_is_local_ = statfs(directory_.c_str(), &status) == 0 && is_local(status);
}

void FileWatch::watch_file(int fd) {
  watch_directory();  // which may be another one than that of the file before
  if (file_watch_ >= 0) inotify_rm_watch(inotify_.get(), file_watch_);
  // Through proc(5) it is this very file, whatever lies at its path by now.
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  constexpr uint32_t mask = IN_MODIFY | IN_ATTRIB;  // unlink(2) changes the number of links
  file_watch_ = inotify_ ? inotify_add_watch(inotify_.get(), path.c_str(), mask) : -1;
  struct statfs status = {};
  file_is_local_ = fstatfs(fd, &status) == 0 && is_local(status);
  has_file_ = true;
}

void FileWatch::drain() {
  char events[4096];
  ssize_t size = 0;
  while (inotify_ && (size = read(inotify_.get(), events, sizeof events)) > 0) {
    if (ends_watch({events, static_cast<size_t>(size)}, directory_watch_)) watch_directory();
  }
  if (directory_watch_ < 0) watch_directory();
}

bool FileWatch::is_reliable() const {
  if (directory_watch_ < 0 || !directory_is_local_) return false;
  return !has_file_ || (file_watch_ >= 0 && file_is_local_);
}

}  // namespace jobctl
