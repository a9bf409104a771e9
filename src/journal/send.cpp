#include "journal/send.hpp"

#include <cstring>
#include <exception>

#include <sys/socket.h>
#include <sys/un.h>

#include "util/fd.hpp"
#include "util/text.hpp"

namespace jobctl {
namespace {

constexpr const char* journald_socket = "/run/systemd/journal/socket";

// "NAME=value\n", or for values of several lines "NAME\n", their length as 64-bit little endian, the value,
// "\n".
void add(std::string& data, std::string_view name, std::string_view value) {
  data.append(name);
  if (value.find('\n') == std::string_view::npos) {
    data.append("=").append(value).append("\n");
    return;
  }
  data.append("\n");
  for (int shift = 0; shift < 64; shift += 8) data += static_cast<char>(value.size() >> shift);
  data.append(value).append("\n");
}

// `journalctl -u` also shows what others say about a unit: of a system unit what root says with
// OBJECT_SYSTEMD_UNIT, of a user unit what the user says with USER_UNIT.
void add_unit(std::string& data, const std::string& unit, bool system) {
  add(data, system ? "UNIT" : "USER_UNIT", unit);
  if (system) add(data, "OBJECT_SYSTEMD_UNIT", unit);
}

void add_job(std::string& data, const JobSpec& job, int run, bool system) {
  add(data, "JOBCTL_UUID", job.uuid);
  add(data, "JOBCTL_NAME", job.name);
  add(data, "JOBCTL_TYPE", job.type);
  if (!job.session.empty()) add(data, "JOBCTL_SESSION", job.session);
  add(data, "JOBCTL_RUN", std::to_string(run));
  add(data, "JOBCTL_UNIT", job.unit);
  add_unit(data, job.unit, system);
}

}  // namespace

std::string encode_event(const JobSpec& job, const JournalEntry& entry, bool system) {
  std::string data;
  add(data, "MESSAGE", valid_utf8(entry.message));
  add(data, "MESSAGE_ID", entry.message_id);
  add(data, "PRIORITY", std::to_string(entry.priority));
  add(data, "SYSLOG_IDENTIFIER", "jobctl");
  if (!job.uuid.empty()) add_job(data, job, entry.run, system);
  for (const auto& [name, value] : entry.fields) add(data, name, value);
  return data;
}

// sd_journal_sendv(3) does the same but waits while journald's queue is full, for ever if journald hangs.
bool send_datagram(std::string_view data, const std::string& socket_path) noexcept {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_path.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, socket_path.data(), socket_path.size());
  const Fd fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return false;
  const ssize_t sent = sendto(fd.get(), data.data(), data.size(), MSG_NOSIGNAL,
                              reinterpret_cast<const sockaddr*>(&address), sizeof address);
  return sent == static_cast<ssize_t>(data.size());
}

bool send_event(const JobSpec& job, const JournalEntry& entry, bool system) noexcept try {
  return send_datagram(encode_event(job, entry, system), journald_socket);
} catch (const std::exception&) {
  return false;  // no memory
}

}  // namespace jobctl
