// What the tests of this folder share: a directory, a pseudo-terminal and waiting for a condition.
#pragma once

#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>

#include <poll.h>
#include <stdlib.h>
#include <time.h>

#include "terminal/pty.hpp"

namespace jobctl {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    if (mkdtemp(path_.data()) == nullptr) throw std::runtime_error("mkdtemp " + path_);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_ = "/tmp/jobctl-terminal-XXXXXX";
};

struct Pty {
  Fd master = open_pty({24, 80});
  Fd slave = open_slave(master.get());
};

// Looks every millisecond; false after a minute.
inline bool wait_for(const std::function<bool()>& condition) {
  for (int i = 0; i < 60'000; i++) {
    if (condition()) return true;
    const timespec millisecond{0, 1'000'000};
    nanosleep(&millisecond, nullptr);
  }
  return false;
}

inline bool wait_readable(int fd) {
  pollfd readable{fd, POLLIN, 0};
  return poll(&readable, 1, 60'000) > 0;
}

// What can be read, up to `size` bytes of it.
inline std::string read_exactly(int fd, size_t size) {
  std::string data;
  while (data.size() < size && wait_readable(fd)) {
    std::string piece(size - data.size(), '\0');
    const ssize_t n = read(fd, piece.data(), piece.size());
    if (n <= 0) break;
    data.append(piece, 0, static_cast<size_t>(n));
  }
  return data;
}

}  // namespace jobctl
