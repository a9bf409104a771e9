#include "commands/service_main.hpp"

#include <unistd.h>

#include "job/spec.hpp"
#include "proc/services.hpp"
#include "util/error.hpp"
#include "util/number.hpp"

namespace jobctl {

namespace {

// The unit of each cgroup, where that is a service and none of ours. "" for another user's.
std::string service_of(const std::string& cgroup) {
  const std::string path = service_cgroup(cgroup), unit = path.substr(path.rfind('/') + 1);
  const bool is_of_a_user = cgroup.find("/user@") != std::string::npos;
  const bool is_own = cgroup.find("/user@" + std::to_string(geteuid()) + ".service/") != std::string::npos;
  return !uuid_of_unit(unit) && (is_own || !is_of_a_user) ? unit : "";
}

void add_mains(UnitManager& manager, const std::vector<std::string>& units, std::set<pid_t>& mains) {
  for (const char* property : {"MainPID", "ControlPID"})
    for (const auto& pid : manager.properties(units, service_interface, property))
      if (const auto number = parse_number<pid_t>(pid.value_or("")); number && *number > 0)
        mains.insert(*number);
}

void ask(Context& context, Manager manager, const std::vector<std::string>& units,
         std::set<pid_t>& mains) try {
  if (units.empty()) return;
  if (context.manager() == manager) return add_mains(context.units(), units, mains);
  BusManager other(manager);
  add_mains(other, units, mains);
} catch (const Silence&) {
  throw;                  // a service of its must not be taken for none
} catch (const Error&) {  // NOLINT(bugprone-empty-catch): there is no such manager
}

}  // namespace

std::set<pid_t> service_mains(Context& context, const std::vector<std::string>& cgroups) {
  std::set<std::string> units;
  for (const std::string& cgroup : cgroups)
    if (const std::string unit = service_of(cgroup); !unit.empty()) units.insert(unit);
  std::set<pid_t> mains;
  // A unit that a manager doesn't have has no main process there.
  for (const Manager manager : {Manager::user, Manager::system})
    ask(context, manager, {units.begin(), units.end()}, mains);
  return mains;
}

}  // namespace jobctl
