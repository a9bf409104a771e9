// A directory of its own for each test, on a file system of the caller's choice, and small things to do in
// it.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <stdlib.h>

#include "util/fd.hpp"

namespace jobctl {

class TemporaryDirectory {
 public:
  explicit TemporaryDirectory(const std::string& parent = "/tmp") : path_(parent + "/jobctl-log-XXXXXX") {
    if (mkdtemp(path_.data()) == nullptr) throw std::runtime_error("mkdtemp " + path_);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline Fd open_file(const std::string& path, int flags) {
  Fd fd(open(path.c_str(), flags | O_CLOEXEC, 0600));
  if (!fd) throw std::runtime_error("open " + path);
  return fd;
}

inline void append(const std::string& path, std::string_view data) {
  if (!write_all(open_file(path, O_WRONLY | O_CREAT | O_APPEND).get(), data))
    throw std::runtime_error("write " + path);
}

}  // namespace jobctl
