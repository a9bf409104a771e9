#include "commands/enforcement.hpp"

#include <algorithm>

#include <sys/resource.h>
#include <unistd.h>

#include "proc/cgroup.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

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

// getrlimit(2), RLIMIT_NICE.
int best_nice() {
  rlimit limit{};
  getrlimit(RLIMIT_NICE, &limit);
  return limit.rlim_cur >= 40 ? -20 : 20 - static_cast<int>(limit.rlim_cur);
}

}  // namespace

void warn_of_unenforced(Context& context, const JobSpec& spec, const UnitPlan& plan) {
  if (spec.control.nice && !context.is_system() && geteuid() != 0 &&
      *spec.control.nice < std::min(0, best_nice()))
    say("Nice=" + std::to_string(*spec.control.nice) +
        " has no effect: only root may raise a job's priority");
  const auto settings = controlled_settings(plan);
  if (settings.empty()) return;
  const std::vector<std::string> present = controllers_of_manager(context);
  for (const auto& [controller, name] : settings)
    if (!contains(present, controller)) say(name + "= has no effect: " + why_not(controller));
}

}  // namespace jobctl
