#include "proc/sockets.hpp"

#include <algorithm>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/fd.hpp"

namespace jobctl {
namespace {

struct Listener {
  Fd socket;
  uint16_t port = 0;
};

Listener listen_on_loopback(int family) {
  Listener listener{Fd(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0))};
  sockaddr_in6 address{};
  address.sin6_family = static_cast<sa_family_t>(family);
  if (family == AF_INET)
    reinterpret_cast<sockaddr_in*>(&address)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  else
    address.sin6_addr = in6addr_loopback;
  socklen_t size = family == AF_INET ? sizeof(sockaddr_in) : sizeof address;
  if (bind(listener.socket.get(), reinterpret_cast<sockaddr*>(&address), size) != 0) return {};
  getsockname(listener.socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
  listener.port = ntohs(address.sin6_port);
  return listener;
}

const ListeningSocket* find(const std::vector<ListeningSocket>& sockets, uint16_t port) {
  const auto found =
      std::find_if(sockets.begin(), sockets.end(), [&](const auto& socket) { return socket.port == port; });
  return found == sockets.end() ? nullptr : &*found;
}

TEST(Sockets, AreThereWhileSomebodyListens) {
  for (const int family : {AF_INET, AF_INET6}) {
    const Listener listener = listen_on_loopback(family);
    if (!listener.socket && family == AF_INET6) continue;  // no IPv6 here
    ASSERT_NE(listener.port, 0);
    EXPECT_EQ(find(listening_sockets(), listener.port), nullptr) << "bound, but it doesn't listen yet";
    ASSERT_EQ(listen(listener.socket.get(), 1), 0);
    const auto sockets = listening_sockets();
    const ListeningSocket* found = find(sockets, listener.port);
    ASSERT_NE(found, nullptr);
    struct stat info {};
    fstat(listener.socket.get(), &info);
    EXPECT_EQ(found->inode, info.st_ino);
    EXPECT_EQ(found->uid, geteuid());
    EXPECT_EQ(process_with_socket(found->inode), getpid());
  }
}

TEST(Sockets, ThatNobodyHasOpenBelongToNoProcess) {
  EXPECT_EQ(process_with_socket(0), std::nullopt);
}

}  // namespace
}  // namespace jobctl
