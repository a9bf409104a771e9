// Wakes whoever follows a file: inotify(7) on the file and on the directory it lies in. It only says that
// something may have changed; what has, its user finds out by looking. So a lost or merged event loses
// nothing.
#pragma once

#include <string>

#include "util/fd.hpp"

namespace jobctl {

class FileWatch {
 public:
  enum class Use { inotify, nothing };

  explicit FileWatch(const std::string& path, Use use = Use::inotify);

  // For poll(2), POLLIN. -1 where there is no inotify: the user's limit (fs.inotify.max_user_instances) is
  // reached.
  int poll_fd() const { return inotify_.get(); }

  // Watches the file that is open as `fd` instead of the one before. Look at the file after this, not before
  // it.
  void watch_file(int fd);

  // Forgets what has happened up to now. Look after this too: only what happens later will wake again.
  void drain();

  // False where changes can go unnoticed, so that the user has to look from time to time: no inotify, a
  // missing directory, a file system that other machines write to.
  bool is_reliable() const;

 private:
  void watch_directory();

  std::string directory_;
  Fd inotify_;
  int directory_watch_ = -1;
  int file_watch_ = -1;
  bool has_file_ = false;
  bool directory_is_local_ = false;
  bool file_is_local_ = false;
};

}  // namespace jobctl
