#include "job/job_file_plan.hpp"

#include "job/companion_plan.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

Argv ask_client(const JobSpec& spec, const Helpers& helpers, const char* what) {
  return {helpers.client,           "job-file", "--", what, uses_system_manager(spec) ? "--system" : "--user",
          quote_path(spec.job_file)};
}

UnitPlan service(const JobSpec& spec, const std::string& record_path, const Helpers& helpers) {
  // What systemd can't in some version is done by other means: the file outlasts an upgrade of systemd.
  constexpr int any_systemd = 0;
  UnitPlan plan = to_unit_plan(spec, record_path, helpers, any_systemd);
  auto& p = plan.properties;
  p.insert(p.begin(), {"ExecStartPre", ExecCommand{helpers.client, ask_client(spec, helpers, "prepare")}});
  if (quote_path(spec.job_file) == spec.job_file) p.push_back({"SourcePath", spec.job_file});
  return plan;
}

std::vector<Property> times(const JobSpec& spec, const FileSchedule& schedule) {
  std::vector<Property> times;
  for (const std::string& event : schedule.calendar) times.push_back({"TimersCalendar", CalendarSpec{event}});
  const auto span = [&](const char* setting, const std::optional<Duration>& time) {
    if (time)
      times.push_back({"TimersMonotonic", TimerSpecs{{{setting, static_cast<uint64_t>(time->count())}}}});
  };
  span("OnActiveSec", schedule.every);
  span("OnUnitActiveSec", schedule.every);
  span(uses_system_manager(spec) ? "OnBootSec" : "OnStartupSec", schedule.after_boot);
  if (schedule.persistent) times.push_back({"Persistent", true});
  if (schedule.randomized_delay)
    times.push_back({"RandomizedDelayUSec", static_cast<uint64_t>(schedule.randomized_delay->count())});
  return times;
}

}  // namespace

std::vector<UnitPlan> to_job_file_plans(const JobSpec& spec, const FileSchedule& schedule,
                                        const std::string& record_path, const Helpers& helpers) {
  std::vector<UnitPlan> plans = {service(spec, record_path, helpers)};
  if (schedule)
    plans.push_back(to_timer_plan(spec, times(spec, schedule), ask_client(spec, helpers, "fire")));
  return plans;
}

}  // namespace jobctl
