// The processes that service managers have started themselves: an administrator's, to be ended by
// systemctl(1).
#pragma once

#include <set>
#include <string>
#include <vector>

#include "commands/context.hpp"

namespace jobctl {

// The main and control processes, systemd.service(5), of the services in whose cgroups these are; of the
// caller's own manager and the system's. Asks each manager once; nothing about one that isn't there. Throws
// Silence.
std::set<pid_t> service_mains(Context& context, const std::vector<std::string>& cgroups);

}  // namespace jobctl
