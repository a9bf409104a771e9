// Structured entries about jobs, so that `journalctl JOBCTL_UUID=<uuid>` shows a job's life and `journalctl
// -u UNIT` shows it between the unit's own messages: systemd.journal-fields(7).
#pragma once

#include <map>
#include <string>
#include <string_view>

#include <syslog.h>

#include "job/spec.hpp"

namespace jobctl {

// MESSAGE_ID of each kind, for `journalctl MESSAGE_ID=` and message catalogs. Part of the interface: never
// changed.
inline constexpr std::string_view message_started = "99628e07a76548469295475ce63f270f";
inline constexpr std::string_view message_ended = "d80688dab1f04da989beeba68615459b";
inline constexpr std::string_view message_kill_requested = "1f14e2b44a1e4a3ca5ac51e8d2d415d2";
inline constexpr std::string_view message_restarted = "d5a50bc974b044bd82f0e0a041fa4069";
inline constexpr std::string_view message_flushed = "9dbb7a899ac94c3286f81b59a012c37b";
inline constexpr std::string_view message_cleaned_up = "e9dc2b62843442cc8b4e2442c6eace07";
inline constexpr std::string_view message_adopted = "7a00ed579cac4e26a5c3f29c03cf052d";
inline constexpr std::string_view message_alert_failed = "1cd8c52fd5084834af6938bed9a1033c";

struct JournalEntry {
  std::string_view message_id;  // one of the above
  std::string message;          // one line for people
  int run = 1;
  int priority = LOG_INFO;                         // syslog(3)
  std::map<std::string, std::string> fields = {};  // further ones: names of [A-Z0-9_], values any bytes
};

// The entry in journald's native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL). `system`: the job's unit
// belongs to the system manager, not to the user's. A job without UUID is none: the entry is of something
// else.
std::string encode_event(const JobSpec& job, const JournalEntry& entry, bool system);

// Sends the entry to journald. Never waits and never fails a command: false where journald is absent, stuck
// or refuses it.
bool send_event(const JobSpec& job, const JournalEntry& entry, bool system) noexcept;

// The same for any socket of that protocol.
bool send_datagram(std::string_view data, const std::string& socket_path) noexcept;

}  // namespace jobctl
