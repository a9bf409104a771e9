// What systemd would ignore silently: limits that nobody enforces here.
#pragma once

#include "commands/context.hpp"

namespace jobctl {

// Says on stderr which of a unit's settings have no effect under this manager, and why.
void warn_of_unenforced(Context& context, const JobSpec& spec, const UnitPlan& plan);

}  // namespace jobctl
