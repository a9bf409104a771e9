// Follows a log file as `tail -F` does: reads what is there and what is appended, begins again in a file that
// was emptied, and goes on in the file that took its place. It belongs into the caller's poll(2) loop:
//
//   pollfd wake{follower.poll_fd(), POLLIN, 0};
//   poll(&wake, 1, follower.timeout_ms());
//   follower.read_more(buffer);
//
// A writer never waits for a follower, and every byte of the file is read exactly once, with two limits that
// no reader of a file escapes: what was emptied, or replaced twice, before it was read is gone; and a file
// that was emptied is known by its shorter length or by other bytes before the place where reading stopped.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <sys/stat.h>

#include "log/file_watch.hpp"
#include "util/fd.hpp"

namespace jobctl {

enum class Change {
  none,       // nothing new
  data,       // bytes were appended to the buffer
  truncated,  // the file was emptied or written anew; reading begins again at 0
  replaced,   // all of the file was read and another one lies at its path; reading goes on there, at 0
};

class Follower {
 public:
  // Begins at the file's start; the file needn't exist yet. Throws Error for what can't be opened or isn't a
  // file. A character device (/dev/null) counts as a file that doesn't exist.
  explicit Follower(std::string path, FileWatch::Use use = FileWatch::Use::inotify);

  int poll_fd() const { return watch_.poll_fd(); }  // -1: there is only the timeout
  int timeout_ms() const;                           // 0: there may be more already; -1: for ever

  // Appends at most 64 KiB to `buffer`. One change a call. Throws Error when the file can't be read.
  Change read_more(std::string& buffer);

  // The file that is read now, for tail_offset; -1 while there is none.
  int fd() const { return file_.get(); }

  // Where reading goes on in that file, in bytes. An offset beyond its end counts as a file that was emptied.
  int64_t offset() const { return offset_; }
  void seek(int64_t offset);

 private:
  Change advance(std::string& buffer);
  Change read_chunk(std::string& buffer);
  Change begin_again();
  Change advance_by(std::string_view bytes);
  Fd open_path() const;
  void find_successor();
  void read_from(Fd file);
  bool is_current(const struct stat& status) const;

  std::string path_;
  FileWatch watch_;
  Fd file_;
  Fd next_;               // what lies at the path now, to be read after the rest of file_
  int64_t offset_ = 0;    // in file_
  std::string before_;    // the bytes just before offset_, as they were read
  bool more_ = true;      // there may be more without any event
  bool recheck_ = false;  // what lies at the path may change without any event
};

}  // namespace jobctl
