// Settings of a transient unit in unit file syntax (start -p): a drop-in file beside it, systemd.unit(5). A
// transient unit takes drop-ins in when it is started, without a daemon-reload.
#pragma once

#include <string>
#include <vector>

#include "bus/connect.hpp"
#include "job/unit_plan.hpp"

namespace jobctl {

// Has systemd-analyze(1) look at the plan's -p properties; nothing to do for a plan without. Throws
// Error{usage} with systemd's own words about a property that it doesn't know or whose value is wrong.
void check_properties(Manager manager, const UnitPlan& plan);

// Before the unit is started. Does nothing for a plan without -p properties. Throws Error.
void write_drop_in(Manager manager, const UnitPlan& plan);

bool has_drop_in(Manager manager, const std::string& unit);
// The units of ours that have one, there or gone.
std::vector<std::string> units_with_drop_in(Manager manager);

// When the unit is gone. Not an error where there is none.
void remove_drop_in(Manager manager, const std::string& unit);

}  // namespace jobctl
