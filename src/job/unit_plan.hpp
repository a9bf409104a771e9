// A unit as typed systemd properties: one plan, two writers (a D-Bus message in bus/, a unit file's text
// here). Every string in it is plain ASCII of our own making, except those of `drop_in`.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "job/spec.hpp"

namespace jobctl {

struct ExecCommand {
  std::string path;
  Argv argv;  // with argv[0]
  bool ignore_failure = false;
};

// When a timer fires: OnActiveSec= and so on, microseconds; or OnCalendar=, systemd.time(7).
struct TimerSpecs {
  std::vector<std::pair<std::string, uint64_t>> specs;
};
struct CalendarSpec {
  std::string spec;
};

// The CPUs of CPUAffinity=, a bit mask on the bus.
struct CpuSet {
  std::vector<int> cpus;
};

using PropertyValue = std::variant<bool, int32_t, uint32_t, uint64_t, std::string, std::vector<std::string>,
                                   ExecCommand, CpuSet, ExitStatuses, TimerSpecs, CalendarSpec>;

struct Property {
  std::string name;  // as on the bus: TimeoutStopUSec
  PropertyValue value;
};

struct UnitPlan {
  std::string unit;
  std::vector<Property> properties;
  std::vector<std::pair<std::string, std::string>> drop_in;  // -p, written as a drop-in file
  std::vector<std::pair<std::string, std::string>> by_launcher =
      {};                                 // -p, done by the launcher (Credentials)
  std::vector<UnitPlan> companions = {};  // made together with it: the service that a timer starts
};

// Where the programs that run inside a unit are installed.
struct Helpers {
  std::string launcher;
  std::string finish;
  std::string probe;
  std::string alert = {};
  std::string client = {};  // jobctl itself
};

// `systemd`: the manager's version, as what not all of them can is done in another way.
UnitPlan to_unit_plan(const JobSpec& spec, const std::string& record_path, const Helpers& helpers,
                      int systemd);

// Whether the plan depends on that version; asking for it takes a moment.
bool depends_on_version(const JobSpec& spec);

// systemd.unit(5) text that is equivalent to the plan. On the bus there are no specifiers, so each % is
// doubled, but where the plan's strings are in the form of unit files already.
enum class Strings { of_the_bus, of_unit_files };
std::string to_unit_file(const UnitPlan& plan, Strings strings = Strings::of_the_bus);

// The text of the drop-in file for the plan's -p properties, each in its section. "" when there are none.
std::string to_drop_in(const UnitPlan& plan);

// Throws Error{usage} where -p sets what an option has set, too.
void refuse_set_twice(const UnitPlan& plan);

// The settings of the plan, -p included, that a cgroup controller enforces: by the controller's name.
std::vector<std::pair<std::string, std::string>> controlled_settings(const UnitPlan& plan);

// Whether -p sets whom the job runs as.
bool is_of_user(const std::string& property);

// -p NAME=VALUE; throws Error{usage}, which begins with `what`, for syntax errors and for the properties that
// jobctl sets itself.
std::pair<std::string, std::string> parse_property(const std::string& text, const std::string& what = "-p");

}  // namespace jobctl
