#include "proc/sockets.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include <arpa/inet.h>
#include <dirent.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "util/fd.hpp"
#include "util/number.hpp"

namespace jobctl {

namespace {

// linux/inet_diag.h of Linux 5.8; older headers lack it.
constexpr int cgroup_id_attribute = 21;

struct Question {
  nlmsghdr header;
  inet_diag_req_v2 request;
};

bool ask(const Fd& netlink, uint8_t family) {
  Question question{};
  question.header.nlmsg_len = sizeof question;
  question.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  question.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  question.request.sdiag_family = family;
  question.request.sdiag_protocol = IPPROTO_TCP;
  question.request.idiag_states = 1U << TCP_LISTEN;
  return send(netlink.get(), &question, sizeof question, 0) == sizeof question;
}

ListeningSocket to_socket(nlmsghdr* header) {
  auto* message = static_cast<inet_diag_msg*>(NLMSG_DATA(header));
  ListeningSocket socket{ntohs(message->id.idiag_sport), message->idiag_uid, message->idiag_inode, 0};
  auto left = static_cast<int>(header->nlmsg_len - NLMSG_LENGTH(sizeof *message));
  for (auto* attribute = reinterpret_cast<rtattr*>(message + 1); RTA_OK(attribute, left);
       attribute = RTA_NEXT(attribute, left))
    if (attribute->rta_type == cgroup_id_attribute && RTA_PAYLOAD(attribute) == sizeof socket.cgroup)
      memcpy(&socket.cgroup, RTA_DATA(attribute), sizeof socket.cgroup);
  return socket;
}

// False at the end of the answer, or where there is none.
bool receive(const Fd& netlink, std::vector<ListeningSocket>& sockets) {
  alignas(nlmsghdr) std::array<char, 32768> buffer{};
  ssize_t n = 0;
  while ((n = recv(netlink.get(), buffer.data(), buffer.size(), 0)) < 0 && errno == EINTR) {
  }
  if (n <= 0) return false;
  auto left = static_cast<unsigned>(n);
  for (auto* header = reinterpret_cast<nlmsghdr*>(buffer.data()); NLMSG_OK(header, left);
       header = NLMSG_NEXT(header, left)) {
    if (header->nlmsg_type == NLMSG_DONE || header->nlmsg_type == NLMSG_ERROR) return false;
    sockets.push_back(to_socket(header));
  }
  return true;
}

using Directory = std::unique_ptr<DIR, int (*)(DIR*)>;

bool has_open(const std::string& fds, const std::string& target) {
  const Directory directory(opendir(fds.c_str()), closedir);
  if (!directory) return false;
  while (const dirent* entry = readdir(directory.get())) {
    char link[64];
    const ssize_t length = readlinkat(dirfd(directory.get()), entry->d_name, link, sizeof link);
    if (length > 0 && std::string_view(link, static_cast<size_t>(length)) == target) return true;
  }
  return false;
}

}  // namespace

std::vector<ListeningSocket> listening_sockets() {
  std::vector<ListeningSocket> sockets;
  for (const uint8_t family : {uint8_t{AF_INET}, uint8_t{AF_INET6}}) {
    const Fd netlink(socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
    if (!netlink || !ask(netlink, family)) continue;
    while (receive(netlink, sockets)) {
    }
  }
  return sockets;
}

std::optional<pid_t> process_with_socket(uint64_t inode) {
  const std::string target = "socket:[" + std::to_string(inode) + "]";
  const Directory proc(opendir("/proc"), closedir);
  while (const dirent* entry = proc ? readdir(proc.get()) : nullptr) {
    const auto pid = parse_number<pid_t>(entry->d_name);
    if (pid && has_open("/proc/" + std::to_string(*pid) + "/fd", target)) return pid;
  }
  return std::nullopt;
}

}  // namespace jobctl
