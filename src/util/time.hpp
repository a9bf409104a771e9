// Points in time and durations: microseconds, as systemd counts them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace jobctl {

using Duration = std::chrono::microseconds;
using Time = std::chrono::sys_time<Duration>;

Time now();

// For timeouts: since some moment in the past, whatever is done to the clock. And when this machine was
// booted.
Duration monotonic();
Time boot_time();

// Since the epoch, for storage; and back.
int64_t to_micros(Time time);
Time from_micros(int64_t micros);

// "2026-11-18T09:12:03.123456Z": RFC 3339, UTC, for programs.
std::string to_rfc3339(Time time);

// "2026-11-18 09:12:03", local time, for people.
std::string to_local(Time time);

// "69:26:28": HH:MM:SS, hours unbounded.
std::string to_hms(Duration duration);

// "2 d 21 h", "3 h 5 min", "4.1 s": the two greatest units, for people.
std::string to_words(Duration duration);

// systemd.time(7) time spans: "90", "5min 20s", "1.5h", "infinity" (nullopt); a bare number is seconds.
// Throws Error{usage} naming `what` on anything else.
std::optional<Duration> parse_duration(std::string_view text, const std::string& what);

// A point in time as journalctl(1) takes it: "[Wed ]2026-11-18 09:12[:03][ UTC]", "09:12", "today",
// "yesterday", "tomorrow 9:12", "now", "-2h" and "2h ago" (both relative), "@1700000000", RFC 3339. Throws
// Error{usage} naming `what`.
Time parse_time(std::string_view text, const std::string& what);

}  // namespace jobctl
