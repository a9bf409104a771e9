#include "job/companion_plan.hpp"

#include <algorithm>

#include "util/text.hpp"

namespace jobctl {

namespace {

// What follows a job's UUID in their names.
constexpr const char *schedule_suffix = "-schedule", *health_mark = "-health-", *alert_mark = "-alert-";

std::string beside(const JobSpec& spec, const std::string& suffix) {
  return spec.unit.substr(0, spec.unit.rfind('.')) + suffix;
}

std::string health_unit(const JobSpec& spec, int run) {
  return beside(spec, health_mark + std::to_string(run));
}

uint64_t micros(Duration duration) {
  return static_cast<uint64_t>(duration.count());
}

// A check may come later by so much, with others at once.
constexpr Duration most_slack = std::chrono::seconds(1);

// The probe keeps to the time for an answer itself, and says so.
constexpr Duration health_margin = std::chrono::seconds(30);

// The same of the alert; and for a command that ignores SIGTERM, at logout.
constexpr Duration alert_margin = std::chrono::seconds(30);
constexpr Duration alert_stop_timeout = std::chrono::seconds(5);

// What a timer starts: again and again, and gone between.
UnitPlan oneshot(const std::string& unit, const std::string& description, const JobSpec& spec,
                 const Argv& command) {
  return {unit,
          {{"Description", description},
           {"Slice", spec.slice},
           {"CollectMode", std::string("inactive-or-failed")},
           {"StartLimitIntervalUSec", uint64_t{0}},
           {"Type", std::string("oneshot")},
           {"ExecStart", ExecCommand{command.front(), command}}},
          {}};
}

// OnCalendar= of a time that has passed when systemd reads it would never come; but what it counts from the
// timer's own start (OnActiveSec=) it counts anew after a daemon-reload.
constexpr Duration soon = std::chrono::seconds(5);

Property once(Time at) {
  const Duration left = at - now();
  if (left >= soon) return {"TimersCalendar", CalendarSpec{calendar_text(at)}};
  return {"TimersMonotonic", TimerSpecs{{{"OnActiveSec", micros(std::max(left, Duration::zero()))}}}};
}

std::vector<Property> when(const Schedule& schedule) {
  if (!schedule.calendar.empty()) return {{"TimersCalendar", CalendarSpec{schedule.calendar}}};
  std::vector<Property> times = {once(schedule.every ? now() + *schedule.every : *schedule.at)};
  if (schedule.every)
    times.push_back({"TimersMonotonic", TimerSpecs{{{"OnUnitActiveSec", micros(*schedule.every)}}}});
  return times;
}

}  // namespace

std::string health_timer(const JobSpec& spec, int run) {
  return health_unit(spec, run) + ".timer";
}

UnitPlan to_health_plan(const JobSpec& spec, int run, const std::string& record_path,
                        const Helpers& helpers) {
  const std::string description = "Health of the job " + spec.uuid;
  const Argv probe = {helpers.probe, "health", quote_path(record_path), std::to_string(run),
                      health_timer(spec, run)};
  UnitPlan service = oneshot(health_unit(spec, run) + ".service", description, spec, probe);
  service.properties.push_back({"TimeoutStartUSec", micros(spec.health.patience() + health_margin)});
  const uint64_t pause = micros(spec.health.pause());
  return {health_timer(spec, run),
          {{"Description", description},
           {"CollectMode", std::string("inactive-or-failed")},
           {"TimersMonotonic", TimerSpecs{{{"OnActiveSec", pause}, {"OnUnitInactiveSec", pause}}}},
           {"AccuracyUSec", micros(std::min(spec.health.pause() / 10, most_slack))}},
          {},
          {},
          {std::move(service)}};
}

std::string schedule_timer(const JobSpec& spec) {
  return beside(spec, schedule_suffix) + ".timer";
}

std::string schedule_service(const JobSpec& spec) {
  return beside(spec, schedule_suffix) + ".service";
}

UnitPlan to_schedule_plan(const JobSpec& spec, const std::string& record_path, const Helpers& helpers) {
  const char* manager = uses_system_manager(spec) ? "--system" : "--user";
  UnitPlan timer = to_timer_plan(spec, when(spec.schedule),
                                 {helpers.client, "fire", "--", manager, quote_path(record_path)});
  timer.properties.push_back({"RemainAfterElapse", false});
  return timer;
}

UnitPlan to_timer_plan(const JobSpec& spec, std::vector<Property> times, const Argv& command) {
  constexpr Duration accuracy = std::chrono::milliseconds(1);
  const std::string description = "Schedule of the job " + spec.uuid;
  UnitPlan service = oneshot(schedule_service(spec), description, spec, command);
  UnitPlan timer{schedule_timer(spec), std::move(times), {}, {}, {std::move(service)}};
  auto& p = timer.properties;
  p.push_back({"Description", description});
  p.push_back({"CollectMode", std::string("inactive-or-failed")});
  p.push_back({"AccuracyUSec", micros(accuracy)});
  return timer;
}

UnitPlan to_alert_plan(const JobSpec& spec, int run, const AlertRequest& alert,
                       const std::string& record_path, const Helpers& helpers) {
  const auto command = [&](const char* what) {
    return Argv{helpers.alert,           what,
                quote_path(record_path), std::to_string(run),
                to_string(alert.event),  std::to_string(alert.index)};
  };
  const std::string suffix = alert_mark + std::to_string(run) + "-" + std::to_string(alert.number);
  UnitPlan plan =
      oneshot(beside(spec, suffix + ".service"), "Alert of the job " + spec.uuid, spec, command("tell"));
  plan.properties.push_back({"ExecStopPost", ExecCommand{helpers.alert, command("ended")}});
  plan.properties.push_back({"TimeoutStartUSec", micros(alert_patience + alert_margin)});
  plan.properties.push_back({"TimeoutStopUSec", micros(alert_stop_timeout)});
  return plan;
}

std::optional<std::string> uuid_of_companion(const std::string& unit) {
  for (const char* mark : {schedule_suffix, health_mark, alert_mark})
    if (auto uuid = uuid_of_unit(unit.substr(0, unit.rfind(mark)) + ".service")) return uuid;
  return std::nullopt;
}

std::optional<std::string> uuid_of_schedule(const std::string& unit) {
  const std::string stem = unit.substr(0, unit.rfind('.'));
  if (!stem.ends_with(schedule_suffix)) return std::nullopt;
  return uuid_of_unit(stem.substr(0, stem.size() - std::string_view(schedule_suffix).size()) + ".service");
}

}  // namespace jobctl
