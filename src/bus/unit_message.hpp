// A UnitPlan as the arguments of StartTransientUnit, org.freedesktop.systemd1(5).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "bus/sd.hpp"
#include "job/unit_plan.hpp"

namespace jobctl {

// These return 0 or a negative errno.
int append_strings(sd_bus_message* message, const std::vector<std::string>& strings);
int append_unit(sd_bus_message* message, const UnitPlan& plan, std::optional<pid_t> scope_pid);

// The value in the variant that a message holds, as text; bytes (ay) in hex; nullopt for other
// containers.
std::optional<std::string> variant_text(sd_bus_message* message);

}  // namespace jobctl
