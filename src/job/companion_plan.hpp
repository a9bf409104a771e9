// The units beside a job's own: timers with the services that they start, and its alerts. Their names begin
// as the job's unit does, and as that ends with the UUID, none of them is taken for it.
#pragma once

#include <optional>
#include <string>

#include "job/unit_plan.hpp"

namespace jobctl {

// Lets the probe look at a run from time to time.
UnitPlan to_health_plan(const JobSpec& spec, int run, const std::string& record_path, const Helpers& helpers);
std::string health_timer(const JobSpec& spec, int run);

// Starts the runs of a job with a schedule, by `jobctl fire`: each run is a start like any other.
UnitPlan to_schedule_plan(const JobSpec& spec, const std::string& record_path, const Helpers& helpers);
// The timer of a schedule, with the service that runs the command at these times.
UnitPlan to_timer_plan(const JobSpec& spec, std::vector<Property> times, const Argv& command);
std::string schedule_timer(const JobSpec& spec);
std::string schedule_service(const JobSpec& spec);

// Tells one target what has happened to a run. `number`: how many-th alert of the run it is.
struct AlertRequest {
  AlertEvent event;
  size_t index;  // in alert_targets()
  size_t number;
};
UnitPlan to_alert_plan(const JobSpec& spec, int run, const AlertRequest& alert,
                       const std::string& record_path, const Helpers& helpers);

// The job beside whose own unit one stands; nullopt for other units.
std::optional<std::string> uuid_of_companion(const std::string& unit);

// The job whose schedule a unit is; nullopt for other units.
std::optional<std::string> uuid_of_schedule(const std::string& unit);

}  // namespace jobctl
