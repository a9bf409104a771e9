// What systemd would ignore silently: limits that nobody enforces here.
#pragma once

#include "commands/context.hpp"

namespace jobctl {

// Those of cpu, memory and pids that this manager was not given although the machine has them. Throws Error
// where there is no cgroup v2.
std::vector<std::string> withheld_controllers(Context& context);

// Those that the machine lacks.
std::vector<std::string> absent_controllers();

// Says on stderr which of a unit's settings have no effect under this manager, and why.
void warn_of_unenforced(Context& context, const JobSpec& spec, const UnitPlan& plan);

}  // namespace jobctl
