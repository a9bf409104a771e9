// Names, numbers and times in words, for people.
#pragma once

#include <cstdint>
#include <string>

#include "job/spec.hpp"
#include "util/time.hpp"

namespace jobctl {

// A job's name in a line for people: harmless, and not endless.
std::string shown_name(const JobSpec& spec);

// "512 B", "1.2 GiB", "8 GiB" (exactly 8): never rounded up.
std::string bytes_in_words(uint64_t bytes);

// "just now", "5 min ago", "in 2 h": the greatest unit only.
std::string age_in_words(Time time, Time now);

// "09:12" for a time of today, "yesterday 09:12", "tomorrow 09:12", else "2026-11-17 20:00". Local time.
std::string day_in_words(Time time, Time now);

// "memory 4 GiB, 1.5 CPUs, 2 h"; "" without limits.
std::string limits_in_words(const ResourceControl& control);

// "1 job", "3 jobs".
std::string count_in_words(uint64_t count, const std::string& one, const std::string& many);

}  // namespace jobctl
