#include "terminal/attach_socket.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "terminal/protocol.hpp"
#include "util/error.hpp"

namespace jobctl {

namespace {

// A socket's address, and the open directory that a long one goes through.
struct Address {
  sockaddr_un name = {};
  Fd directory;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&name); }
};

std::string shorten(const std::string& path, Fd& directory) {
  const size_t slash = path.rfind('/');
  if (path.size() < sizeof(sockaddr_un::sun_path) || slash == std::string::npos) return path;
  directory = Fd(open(path.substr(0, slash + 1).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory) throw_errno("could not open " + path.substr(0, slash), errno);
  return "/proc/self/fd/" + std::to_string(directory.get()) + path.substr(slash);
}

Address make_address(const std::string& path) {
  Address address;
  address.name.sun_family = AF_UNIX;
  const std::string name = shorten(path, address.directory);
  if (name.size() >= sizeof address.name.sun_path)
    throw_errno("could not use the socket " + path, ENAMETOOLONG);
  memcpy(address.name.sun_path, name.c_str(), name.size() + 1);
  return address;
}

Fd make_socket() {
  Fd fd(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) throw_errno("could not create a socket", errno);
  return fd;
}

std::optional<uid_t> peer_uid(int fd) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) return std::nullopt;
  return peer.uid;
}

bool is_ours(int fd) {
  const std::optional<uid_t> uid = peer_uid(fd);
  return uid == geteuid() || uid == 0U;
}

// 0, or the errno of connect(2). A holder whose queue is full is one that listens.
int try_connect(int fd, const Address& address) {
  return connect(fd, address.get(), sizeof address.name) < 0 ? errno : 0;
}

bool is_absent(const std::string& path) {
  struct stat status = {};
  return lstat(path.c_str(), &status) < 0 && (errno == ENOENT || errno == ENOTDIR);
}

bool is_socket(const std::string& path) {
  struct stat status = {};
  return lstat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode);
}

void remove_stale(const std::string& path, const Address& address) {
  if (!is_socket(path)) return;
  if (try_connect(make_socket().get(), address) != ECONNREFUSED)
    throw Error(Errc::refused, "could not listen on " + path + ": another process does");
  unlink(path.c_str());
}

}  // namespace

Fd listen_attach(const std::string& path) {
  const Address address = make_address(path);
  remove_stale(path, address);
  Fd fd = make_socket();
  // Before bind(2), which gives the file the socket's mode, so that it is never open to others.
  fchmod(fd.get(), 0600);
  if (bind(fd.get(), address.get(), sizeof address.name) < 0 || listen(fd.get(), SOMAXCONN) < 0)
    throw_errno("could not listen on " + path, errno);
  return fd;
}

Fd accept_attach(int listener) {
  Fd fd(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (fd && !is_ours(fd.get())) fd.reset();
  return fd;
}

std::optional<Fd> connect_attach(const std::string& path) {
  if (is_absent(path)) return std::nullopt;
  const Address address = make_address(path);
  Fd fd = make_socket();
  const int error = try_connect(fd.get(), address);
  if (error == ENOENT || error == ECONNREFUSED) return std::nullopt;
  if (error != 0) throw_errno("could not connect to " + path, error);
  if (!is_ours(fd.get()) && geteuid() != 0)
    throw Error(Errc::refused, "could not connect to " + path + ": it belongs to another user");
  return fd;
}

bool send_packet(int fd, std::string_view packet) {
  ssize_t n = 0;
  do {
    n = send(fd, packet.data(), packet.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (n < 0 && errno == EINTR);
  return n >= 0;
}

Received receive_packet(int fd, std::string& packet) {
  packet.resize(max_packet);
  ssize_t n = 0;
  do {
    n = recv(fd, packet.data(), packet.size(), MSG_DONTWAIT | MSG_TRUNC);
  } while (n < 0 && errno == EINTR);
  packet.resize(n > 0 && n <= static_cast<ssize_t>(max_packet) ? static_cast<size_t>(n) : 0);
  if (n > 0) return Received::packet;
  return n < 0 && errno == EAGAIN ? Received::nothing : Received::end;
}

}  // namespace jobctl
