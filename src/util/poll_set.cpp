#include "util/poll_set.hpp"

#include <cerrno>

#include <sys/epoll.h>

#include "util/error.hpp"

namespace jobctl {

PollSet::PollSet() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  if (!epoll_) throw_errno("could not create an epoll instance", errno);
}

bool PollSet::add(int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  return fd >= 0 && epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

void PollSet::remove(int fd) {
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

}  // namespace jobctl
