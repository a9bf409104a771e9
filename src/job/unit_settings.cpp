#include "job/unit_settings.hpp"

#include <cstdint>

namespace jobctl {

namespace {

template <class Value>
void add_if_set(UnitPlan& plan, const char* name, const std::optional<Value>& value) {
  if (value) plan.properties.push_back({name, *value});
}

}  // namespace

void add_resource_control(UnitPlan& plan, const JobSpec& spec, uint64_t helpers) {
  const ResourceControl& control = spec.control;
  add_if_set(plan, "MemoryMax", control.memory);
  add_if_set(plan, "CPUQuotaPerSecUSec", control.cpu_us);
  if (control.tasks) plan.properties.push_back({"TasksMax", *control.tasks + helpers});
  add_if_set(plan, "IOWeight", control.io_weight);
  if (control.time)
    plan.properties.push_back({"RuntimeMaxUSec", static_cast<uint64_t>(control.time->count())});
  if (spec.scope) return;
  if (control.nice) plan.properties.push_back({"Nice", int32_t{*control.nice}});
  if (!control.cpu_affinity.empty()) plan.properties.push_back({"CPUAffinity", CpuSet{control.cpu_affinity}});
}

void add_start_limit(UnitPlan& plan, const RestartPolicy& policy) {
  const StartLimit limit = start_limit(policy);
  plan.properties.push_back({"StartLimitIntervalUSec",
                             limit.interval ? static_cast<uint64_t>(limit.interval->count()) : UINT64_MAX});
  plan.properties.push_back({"StartLimitBurst", limit.burst});
}

void add_restart_settings(UnitPlan& plan, const RestartPolicy& policy, int systemd) {
  auto& p = plan.properties;
  p.push_back({"Restart", std::string(policy.when == RestartWhen::always ? "always" : "on-failure")});
  p.push_back({"RestartUSec", static_cast<uint64_t>(restart_delay(policy, 0).count())});
  const uint32_t steps = restart_steps(policy);
  if (steps == 0 || systemd < systemd_with_restart_steps) return;
  p.push_back({"RestartSteps", steps});
  p.push_back(
      {"RestartMaxDelayUSec", static_cast<uint64_t>(restart_delay(policy, static_cast<int>(steps)).count())});
}

}  // namespace jobctl
