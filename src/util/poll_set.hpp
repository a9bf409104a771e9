// Several descriptors to wait for as one: epoll(7), whose own descriptor can be polled.
#pragma once

#include "util/fd.hpp"

namespace jobctl {

class PollSet {
 public:
  PollSet();

  // Readable (POLLIN) is what is waited for. A regular file, which is always readable, is refused: false.
  bool add(int fd);
  void remove(int fd);

  int fd() const { return epoll_.get(); }

 private:
  Fd epoll_;
};

}  // namespace jobctl
