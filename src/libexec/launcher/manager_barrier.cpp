#include "manager_barrier.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "util/fd.hpp"
#include "util/process.hpp"

namespace jobctl {

namespace {

bool send_with(int socket, int fd, const std::string& text, const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return false;
  std::copy(path.begin(), path.end(), address.sun_path);
  iovec data{const_cast<char*>(text.data()), text.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof fd)] = {};
  msghdr message{};
  message.msg_name = &address, message.msg_namelen = sizeof address;
  message.msg_iov = &data, message.msg_iovlen = 1;
  message.msg_control = control, message.msg_controllen = sizeof control;
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof fd);
  memcpy(CMSG_DATA(header), &fd, sizeof fd);
  return sendmsg(socket, &message, MSG_NOSIGNAL) >= 0;
}

}  // namespace

void wait_for_manager() {
  constexpr int patience_ms = 5000;
  const Fd socket_fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  int ends[2];
  if (!socket_fd || pipe2(ends, O_CLOEXEC) != 0) return;
  const Fd mine(ends[0]);
  Fd theirs(ends[1]);
  if (!send_with(socket_fd.get(), theirs.get(), "BARRIER=1", environment("NOTIFY_SOCKET"))) return;
  theirs.reset();
  pollfd closed{mine.get(), 0, 0};  // POLLHUP is always told
  poll(&closed, 1, patience_ms);
}

}  // namespace jobctl
