#include "commands/enforcement.hpp"

#include <algorithm>
#include <array>

#include <sys/resource.h>
#include <unistd.h>

#include "job/policy.hpp"
#include "proc/cgroup.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

// Which a manager of users is given, too; io seldom is.
constexpr std::array usual_controllers = {"cpu", "memory", "pids"};

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::vector<std::string> controllers_of_manager(Context& context) {
  const auto cgroup = context.units().property("", "org.freedesktop.systemd1.Manager", "ControlGroup");
  return Cgroup(cgroup && !cgroup->empty() ? *cgroup : "/").controllers();
}

std::string why_not(const std::string& controller) {
  if (!contains(Cgroup("/").controllers(), controller))
    return "this machine has no " + controller + " controller";
  return "your service manager was not given the " + controller +
         " controller (root can: systemctl edit user@.service, [Service] Delegate=cpu cpuset io memory pids)";
}

struct Limit {
  const char* setting;
  const char* policy;
};
constexpr std::array<Limit, 4> limits = {
    {{"MemoryMax", "memory"}, {"CPUQuota", "cpus"}, {"TasksMax", "tasks"}, {"IOWeight", "io-weight"}}};

// As the person who gave it has called it: an option, else a property.
std::string given_name(const JobSpec& spec, const std::string& setting) {
  for (const Limit& limit : limits)
    if (setting == limit.setting && !find_policy(limit.policy)->texts(spec).empty())
      return std::string("--") + limit.policy;
  return setting + "=";
}

// getrlimit(2), RLIMIT_NICE.
int best_nice() {
  rlimit limit{};
  getrlimit(RLIMIT_NICE, &limit);
  return limit.rlim_cur >= 40 ? -20 : 20 - static_cast<int>(limit.rlim_cur);
}

}  // namespace

std::vector<std::string> withheld_controllers(Context& context) {
  own_cgroup();  // throws
  const std::vector<std::string> given = controllers_of_manager(context), present = Cgroup("/").controllers();
  std::vector<std::string> withheld;
  for (const char* controller : usual_controllers)
    if (contains(present, controller) && !contains(given, controller)) withheld.emplace_back(controller);
  return withheld;
}

std::vector<std::string> absent_controllers() {
  std::vector<std::string> absent(usual_controllers.begin(), usual_controllers.end());
  const std::vector<std::string> present = Cgroup("/").controllers();
  std::erase_if(absent, [&](const std::string& controller) { return contains(present, controller); });
  return absent;
}

void warn_of_unenforced(Context& context, const JobSpec& spec, const UnitPlan& plan) {
  if (spec.control.nice && !context.is_system() && geteuid() != 0 &&
      *spec.control.nice < std::min(0, best_nice()))
    say("--nice " + std::to_string(*spec.control.nice) +
        " has no effect: only root may raise a job's priority");
  const auto settings = controlled_settings(plan);
  if (settings.empty()) return;
  const std::vector<std::string> present = controllers_of_manager(context);
  for (const auto& [controller, name] : settings)
    if (!contains(present, controller))
      say(given_name(spec, name) + " has no effect: " + why_not(controller));
}

}  // namespace jobctl
