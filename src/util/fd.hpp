// An owned file descriptor and the few loops around read(2) and write(2) that everybody needs.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <unistd.h>

namespace jobctl {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset() {
    if (fd_ >= 0) close(std::exchange(fd_, -1));
  }

 private:
  int fd_ = -1;
};

// Everything from the current position to the end of the file. Throws Error naming `path`.
std::string read_all(int fd, const std::string& path);

// Throws Error where it is a directory, a FIFO, a device.
void require_regular(const Fd& fd, const std::string& what);

// The whole file. Throws Error naming `path`; read_file_if_exists returns "" where there is none.
std::string read_file(const std::string& path);
std::string read_file_if_exists(const std::string& path);

// A new file, or another content. Follows no link. Throws Error naming `path`.
void write_file(const std::string& path, std::string_view text, mode_t mode);

// Writes all of `data`, over short writes and EINTR. False with errno set when it can't.
bool write_all(int fd, std::string_view data);

}  // namespace jobctl
