// What a job's policies are in systemd's terms, wherever they are written: the transient unit that jobctl
// starts, and the unit file that does without jobctl.
#pragma once

#include "job/unit_plan.hpp"

namespace jobctl {

// Limits; `helpers`: so many processes of jobctl's own stay beside the job's. A scope gets no priority and no
// CPUs.
void add_resource_control(UnitPlan& plan, const JobSpec& spec, uint64_t helpers);

void add_start_limit(UnitPlan& plan, const RestartPolicy& policy);

// Restart= and its delays, for a policy that restarts. systemd before 254 doesn't know delays that grow.
void add_restart_settings(UnitPlan& plan, const RestartPolicy& policy, int systemd);

}  // namespace jobctl
