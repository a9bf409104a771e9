// Names, numbers and times in words, for people.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "job/spec.hpp"
#include "job/usage.hpp"
#include "util/time.hpp"

namespace jobctl {

// A job's name in a line for people: harmless, and not endless.
std::string shown_name(const JobSpec& spec);

// "512 B", "1.2 GiB", "8 GiB" (exactly 8): never rounded up.
std::string bytes_in_words(uint64_t bytes);

// "512B", "1.2G", "8.0G": for a column, never rounded up.
std::string short_bytes(uint64_t bytes);

// "0.3", "99.9", "250": for a column.
std::string short_percent(double percent);

// "just now", "5 min ago", "in 2 h": the greatest unit only.
std::string age_in_words(Time time, Time now);

// "09:12" for a time of today, "yesterday 09:12", "tomorrow 09:12", else "2026-11-17 20:00". Local time.
std::string day_in_words(Time time, Time now);

// "memory 4 GiB, 1.5 CPUs, 2 h"; "" without limits.
std::string limits_in_words(const ResourceControl& control);

// {"CPU 250 % (1 h 5 min)", "memory 1.2 GiB (peak 2 GiB)", "3 tasks", "1 MiB read"}: what is used since the
// run began, `runtime` ago. I/O and connections only where there was something.
std::vector<std::string> usage_in_words(const Usage& usage, const std::optional<Duration>& runtime);

// "1 job", "3 jobs".
std::string count_in_words(uint64_t count, const std::string& one, const std::string& many);

}  // namespace jobctl
