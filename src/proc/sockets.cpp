#include "proc/sockets.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <functional>
#include <memory>

#include <arpa/inet.h>
#include <dirent.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "util/fd.hpp"
#include "util/number.hpp"

namespace jobctl {

namespace {

// linux/inet_diag.h of Linux 5.8; older headers lack it.
constexpr int cgroup_id_attribute = 21;

// A socket's states, of the kernel's include/net/tcp_states.h: netinet/tcp.h, which has them, excludes
// linux/tcp.h, which has all of tcp_info. What waits only for stray packets (TIME_WAIT) or for the end of a
// handshake has no counters.
constexpr uint32_t established = 1, syn_sent = 2, fin_wait_1 = 4, fin_wait_2 = 5, close_wait = 8,
                   last_ack = 9, listening = 10, closing = 11;
constexpr uint32_t listeners = 1U << listening;
constexpr uint32_t connections = 1U << established | 1U << syn_sent | 1U << fin_wait_1 | 1U << fin_wait_2 |
                                 1U << close_wait | 1U << last_ack | 1U << closing;

struct Socket {
  uint16_t port = 0;
  uid_t uid = 0;
  uint64_t inode = 0;
  uint64_t cgroup = 0;
  Traffic traffic;
};

using Visit = std::function<void(const Socket&)>;

struct Question {
  nlmsghdr header;
  inet_diag_req_v2 request;
};

bool ask(const Fd& netlink, uint8_t family, uint32_t states, uint8_t extensions) {
  Question question{};
  question.header.nlmsg_len = sizeof question;
  question.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  question.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  question.request.sdiag_family = family;
  question.request.sdiag_protocol = IPPROTO_TCP;
  question.request.idiag_states = states;
  question.request.idiag_ext = extensions;
  return send(netlink.get(), &question, sizeof question, 0) == sizeof question;
}

// A kernel's tcp_info may end before what we look for.
uint64_t counter(rtattr* attribute, size_t offset) {
  uint64_t value = 0;
  if (RTA_PAYLOAD(attribute) >= offset + sizeof value)
    memcpy(&value, static_cast<char*>(RTA_DATA(attribute)) + offset, sizeof value);
  return value;
}

Socket to_socket(nlmsghdr* header) {
  auto* message = static_cast<inet_diag_msg*>(NLMSG_DATA(header));
  Socket socket{ntohs(message->id.idiag_sport), message->idiag_uid, message->idiag_inode, 0, {}};
  auto left = static_cast<int>(header->nlmsg_len - NLMSG_LENGTH(sizeof *message));
  for (auto* attribute = reinterpret_cast<rtattr*>(message + 1); RTA_OK(attribute, left);
       attribute = RTA_NEXT(attribute, left)) {
    if (attribute->rta_type == cgroup_id_attribute) socket.cgroup = counter(attribute, 0);
    if (attribute->rta_type == INET_DIAG_INFO)
      socket.traffic = {counter(attribute, offsetof(tcp_info, tcpi_bytes_received)),
                        counter(attribute, offsetof(tcp_info, tcpi_bytes_acked))};
  }
  return socket;
}

enum class Answer { more, end, refused };

Answer receive(const Fd& netlink, const Visit& visit) {
  alignas(nlmsghdr) std::array<char, 32768> buffer{};
  ssize_t n = 0;
  while ((n = recv(netlink.get(), buffer.data(), buffer.size(), 0)) < 0 && errno == EINTR) {
  }
  if (n <= 0) return Answer::refused;
  auto left = static_cast<unsigned>(n);
  for (auto* header = reinterpret_cast<nlmsghdr*>(buffer.data()); NLMSG_OK(header, left);
       header = NLMSG_NEXT(header, left)) {
    if (header->nlmsg_type == NLMSG_DONE) return Answer::end;
    if (header->nlmsg_type == NLMSG_ERROR) return Answer::refused;
    visit(to_socket(header));
  }
  return Answer::more;
}

// IPv4 and IPv6. False where the kernel tells nothing about either.
bool each_socket(uint32_t states, uint8_t extensions, const Visit& visit) {
  bool told = false;
  for (const uint8_t family : {uint8_t{AF_INET}, uint8_t{AF_INET6}}) {
    const Fd netlink(socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
    if (!netlink || !ask(netlink, family, states, extensions)) continue;
    Answer answer = Answer::more;
    while (answer == Answer::more) answer = receive(netlink, visit);
    told = told || answer == Answer::end;
  }
  return told;
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
  each_socket(listeners, 0, [&](const Socket& socket) {
    sockets.push_back({socket.port, socket.uid, socket.inode, socket.cgroup});
  });
  return sockets;
}

std::optional<std::unordered_map<uint64_t, Traffic>> traffic_by_cgroup() {
  std::unordered_map<uint64_t, Traffic> all;
  const bool told = each_socket(connections, 1U << (INET_DIAG_INFO - 1), [&](const Socket& socket) {
    Traffic& sum = all[socket.cgroup];
    sum.received += socket.traffic.received;
    sum.sent += socket.traffic.sent;
  });
  const bool only_of_nobody = all.size() == 1 && all.contains(0);
  return told && !only_of_nobody ? std::optional(std::move(all)) : std::nullopt;
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
