#include "job/inherited_settings.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include <sys/resource.h>

namespace jobctl {

namespace {

struct LimitDefault {
  const char* name;
  rlim_t soft, hard;
};

// By the number of the resource; what systemd and the kernel give to a service anyway.
constexpr std::array<LimitDefault, 16> limit_defaults = {{{"CPU", RLIM_INFINITY, RLIM_INFINITY},
                                                          {"FSIZE", RLIM_INFINITY, RLIM_INFINITY},
                                                          {"DATA", RLIM_INFINITY, RLIM_INFINITY},
                                                          {"STACK", 8 << 20, RLIM_INFINITY},
                                                          {"CORE", 0, RLIM_INFINITY},
                                                          {"RSS", RLIM_INFINITY, RLIM_INFINITY},
                                                          {"NPROC", 0, 0},
                                                          {"NOFILE", 1024, 512 << 10},
                                                          {"MEMLOCK", 8 << 20, 8 << 20},
                                                          {"AS", RLIM_INFINITY, RLIM_INFINITY},
                                                          {"LOCKS", RLIM_INFINITY, RLIM_INFINITY},
                                                          {"SIGPENDING", 0, 0},
                                                          {"MSGQUEUE", 819200, 819200},
                                                          {"NICE", 0, 0},
                                                          {"RTPRIO", 0, 0},
                                                          {"RTTIME", RLIM_INFINITY, RLIM_INFINITY}}};

std::string limit_text(uint64_t value) {
  return value == RLIM_INFINITY ? "infinity" : std::to_string(value);
}

// Processes and pending signals: the kernel gives the same number for both, by how much memory there is.
bool is_by_memory(const std::vector<ResourceLimit>& limits, const ResourceLimit& limit) {
  if (limit.resource != RLIMIT_NPROC && limit.resource != RLIMIT_SIGPENDING) return false;
  const int other = limit.resource == RLIMIT_NPROC ? RLIMIT_SIGPENDING : RLIMIT_NPROC;
  return std::any_of(limits.begin(), limits.end(), [&](const ResourceLimit& entry) {
    return entry.resource == other && entry.soft == limit.soft && entry.hard == limit.hard;
  });
}

std::string umask_text(mode_t mask) {
  std::array<char, 16> text{};
  snprintf(text.data(), text.size(), "%04o", mask);
  return text.data();
}

}  // namespace

std::vector<std::pair<std::string, std::string>> inherited_settings(const JobSpec& spec) {
  std::vector<std::pair<std::string, std::string>> settings;
  if (spec.umask) settings.emplace_back("UMask", umask_text(*spec.umask));
  for (const ResourceLimit& limit : spec.limits) {
    const auto index = static_cast<size_t>(limit.resource);
    if (index >= limit_defaults.size() || is_by_memory(spec.limits, limit)) continue;
    const LimitDefault& usual = limit_defaults[index];
    if (limit.soft == usual.soft && limit.hard == usual.hard) continue;
    settings.emplace_back(std::string("Limit") + usual.name,
                          limit_text(limit.soft) + ":" + limit_text(limit.hard));
  }
  return settings;
}

}  // namespace jobctl
