#include <cerrno>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include "check.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"

namespace jobctl {

namespace {

// 0, or why there is no connection.
int error_of(const Fd& socket) {
  int error = 0;
  socklen_t size = sizeof error;
  return getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

int connect_to(const sockaddr* address, socklen_t size, Duration patience) {
  const Fd socket(::socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return errno;
  if (connect(socket.get(), address, size) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  pollfd ready{socket.get(), POLLOUT, 0};
  return poll(&ready, 1, static_cast<int>(patience.count() / 1000)) > 0 ? error_of(socket) : ETIMEDOUT;
}

}  // namespace

Answer check_tcp(uint16_t port, Duration patience) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int error = connect_to(reinterpret_cast<const sockaddr*>(&v4), sizeof v4, patience);
  if (error == 0) return {true, "connected"};
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  v6.sin6_addr = in6addr_loopback;
  if (connect_to(reinterpret_cast<const sockaddr*>(&v6), sizeof v6, patience) == 0)
    return {true, "connected"};
  return {false, "port " + std::to_string(port) + ": " + errno_text(error)};
}

}  // namespace jobctl
