// Lingering: whether a user's manager, and with it their jobs, outlives their logout. loginctl(1),
// enable-linger.
#pragma once

#include <string>

#include <sys/types.h>

namespace jobctl {

// True as well where there is no logind, and so nobody who would end anything at logout.
bool is_lingering(const std::string& user);

// Asks logind to switch lingering on. "" on success, else why not.
std::string enable_linger(uid_t uid);

}  // namespace jobctl
