#include "job/unit_plan.hpp"

#include <algorithm>
#include <array>
#include <climits>
#include <cstdint>

#include "job/job.hpp"
#include "job/unit_settings.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

// Below this systemd could kill the finish hook, which TimeoutStopSec= covers as well, before it has written
// the end.
constexpr Duration shortest_unit_timeout = std::chrono::seconds(2);

// In a scope the holder writes how the job ended, after it has killed what outlived the stop timeout;
// systemd's own SIGKILL, which would take the holder too, must come later.
constexpr Duration holder_margin = std::chrono::seconds(5);

std::string description(const JobSpec& spec) {
  std::string text = spec.type + " " + spec.name + ": ";
  for (size_t i = 0; i < spec.commands.size(); ++i) text += (i ? "; " : "") + join(spec.commands[i], " ");
  text = printable_ascii(text, 200);
  // systemd strips what it reads again at a reload.
  const size_t first = text.find_first_not_of(' ');
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

uint64_t unit_timeout(const JobSpec& spec) {
  if (!spec.stop_timeout) return UINT64_MAX;
  const Duration timeout = std::max(*spec.stop_timeout, shortest_unit_timeout);
  return static_cast<uint64_t>((spec.scope ? timeout + holder_margin : timeout).count());
}

void add_service(UnitPlan& plan, const JobSpec& spec, const std::string& record, const Helpers& helpers) {
  auto& p = plan.properties;
  p.push_back({"Type", std::string(spec.ready.is_told() ? "notify" : "exec")});
  p.push_back({"ExecStart", ExecCommand{helpers.launcher, {helpers.launcher, "run", record}}});
  p.push_back({"ExecStopPost", ExecCommand{helpers.finish, {helpers.finish, record}, true}});
  // The hook asks for more time while it copies a log.
  p.push_back({"NotifyAccess", std::string("all")});
  if (!spec.success.empty()) p.push_back({"SuccessExitStatus", spec.success});
  if (spec.log_kind == LogKind::journal) p.push_back({"SyslogIdentifier", printable_ascii(spec.type, 60)});
}

// The launcher staying as holder, and the finish hook.
constexpr uint64_t tasks_of_ours = 2;

// How the launcher exits when it can't start the program. Another try would fail as well, and `start` has
// said so.
const ExitStatuses start_failures{{200, 201, 203, 208, 209, 215, 217, 219}, {}};

// systemd's own limit is there for a probe that was killed; it covers a wait before the start as well.
constexpr Duration probe_margin = std::chrono::seconds(10);

void add_readiness(UnitPlan& plan, const JobSpec& spec, const std::string& record, const Helpers& helpers,
                   bool waits) {
  auto& p = plan.properties;
  if (spec.ready.is_asked() || spec.health.probe)
    p.push_back({"ExecStartPost", ExecCommand{helpers.probe, {helpers.probe, "ready", record}}});
  if (!spec.ready.probe) {
    if (waits) p.push_back({"TimeoutStartUSec", UINT64_MAX});
    return;
  }
  Duration timeout = spec.ready.patience();
  if (waits) timeout += restart_delay(spec.restart, INT_MAX);
  if (spec.ready.is_asked()) timeout += probe_margin;
  p.push_back({"TimeoutStartUSec", static_cast<uint64_t>(timeout.count())});
}

void add_restart(UnitPlan& plan, const JobSpec& spec, const std::string& record, const Helpers& helpers,
                 int systemd) {
  const RestartPolicy& policy = spec.restart;
  // Every start counts, whoever asks for it.
  if (policy.when != RestartWhen::no || spec.health.action() == OnUnhealthy::restart)
    add_start_limit(plan, policy);
  if (policy.when == RestartWhen::no) return;
  add_restart_settings(plan, policy, systemd);
  plan.properties.push_back({"RestartPreventExitStatus", start_failures});
  if (restart_steps(policy) > 0 && systemd < systemd_with_restart_steps)
    plan.properties.push_back(
        {"ExecStartPre", ExecCommand{helpers.launcher, {helpers.launcher, "wait", record}}});
}

std::string in_unit_file(const ExecCommand& command) {
  std::string text = command.ignore_failure ? "-" : "";
  for (size_t i = 0; i < command.argv.size(); ++i) text += (i ? " " : "") + shell_quote({command.argv[i]});
  return text;
}

// The one setting whose unit file form has a name of its own.
constexpr const char* cpu_quota = "CPUQuotaPerSecUSec";

// Durations are the other numbers whose unit file form differs from the bus' one; they are known by their
// name.
bool is_duration(const std::string& name) {
  return name.ends_with("USec");
}

std::string name_in_unit_file(const std::string& name) {
  if (name == cpu_quota) return "CPUQuota";
  return is_duration(name) ? name.substr(0, name.size() - 4) + "Sec" : name;
}

bool in_unit_section(const std::string& name) {
  static constexpr std::array names = {"After",
                                       "AllowIsolate",
                                       "Before",
                                       "BindsTo",
                                       "CollectMode",
                                       "Conflicts",
                                       "DefaultDependencies",
                                       "Description",
                                       "Documentation",
                                       "IgnoreOnIsolate",
                                       "PartOf",
                                       "RebootArgument",
                                       "Requires",
                                       "RequiresMountsFor",
                                       "Requisite",
                                       "SourcePath",
                                       "StopWhenUnneeded",
                                       "Upholds",
                                       "Wants",
                                       "WantsMountsFor",
                                       "StopPropagatedFrom",
                                       "PropagatesStopTo",
                                       "JoinsNamespaceOf",
                                       "SurviveFinalKillSignal"};
  static constexpr std::array prefixes = {
      "Condition",  "Assert",        "OnFailure",     "OnSuccess",    "JobTimeout",       "JobRunning",
      "StartLimit", "FailureAction", "SuccessAction", "RefuseManual", "PropagatesReload", "ReloadPropagated"};
  return std::find(names.begin(), names.end(), name) != names.end() ||
         std::any_of(prefixes.begin(), prefixes.end(),
                     [&](const char* prefix) { return name.starts_with(prefix); });
}

struct Sections {
  std::string unit = "[Unit]\n";
  std::string own;

  explicit Sections(const std::string& unit_name)
      : own(unit_name.ends_with(".scope")   ? "[Scope]\n"
            : unit_name.ends_with(".slice") ? "[Slice]\n"
            : unit_name.ends_with(".timer") ? "[Timer]\n"
                                            : "[Service]\n") {}
  void add(const std::string& name, const std::string& value) {
    (in_unit_section(name) ? unit : own) += name + "=" + value + "\n";
  }
};

// Writes a property into its section, under the name and in the form that unit files have.
struct Writer {
  Sections& sections;
  const std::string& name;
  Strings strings;

  template <class Value>
  void operator()(const Value& value) const {
    sections.add(name_in_unit_file(name), text(value));
  }
  void operator()(const TimerSpecs& value) const {
    for (const auto& [setting, micros] : value.specs) sections.add(setting, std::to_string(micros) + "us");
  }
  void operator()(const CalendarSpec& value) const { sections.add("OnCalendar", text(value.spec)); }

  std::string text(bool value) const { return value ? "yes" : "no"; }
  std::string text(int32_t value) const {
    return name == "KillSignal" ? signal_name(value) : std::to_string(value);
  }
  std::string text(uint32_t value) const { return std::to_string(value); }
  std::string text(uint64_t value) const {
    if (value == UINT64_MAX) return "infinity";
    if (name == cpu_quota) return cpus_text(value * 100) + "%";
    return is_duration(name) ? std::to_string(value) + "us" : std::to_string(value);
  }
  std::string text(const std::string& value) const {
    return strings == Strings::of_the_bus ? join(split(value, '%'), "%%") : value;
  }
  std::string text(const std::vector<std::string>& value) const { return join(value, " "); }
  std::string text(const ExecCommand& value) const { return in_unit_file(value); }
  std::string text(const CpuSet& value) const { return cpu_list_text(value.cpus); }
  std::string text(const ExitStatuses& value) const { return exit_statuses_text(value); }
};

// What jobctl must set itself for a job to be what it promises, and the option to use instead.
struct Reserved {
  const char* name;
  const char* instead;
};
constexpr std::array<Reserved, 29> reserved = {{
    {"ExecStart", "the command after --"},
    {"ExecStopPost", ""},
    {"Type", ""},
    {"Delegate", ""},
    {"DelegateSubgroup", ""},
    {"CollectMode", ""},
    {"RemainAfterExit", ""},
    {"KillMode", ""},
    {"SendSIGKILL", "--stop-timeout infinity"},
    {"PIDFile", ""},
    {"NotifyAccess", ""},
    {"GuessMainPID", ""},
    {"Slice", "--session"},
    {"Description", "--name"},
    {"Documentation", ""},
    {"KillSignal", "--stop-signal"},
    {"SuccessExitStatus", "--success-exit-status"},
    {"TimeoutStopSec", "--stop-timeout"},
    {"TimeoutSec", "--stop-timeout"},
    {"WorkingDirectory", "-C"},
    {"Environment", "-e"},
    {"EnvironmentFile", "--env-file"},
    {"PassEnvironment", "-e"},
    {"UnsetEnvironment", "--clean-env"},
    {"StandardInput", ""},
    {"StandardOutput", "--log-file or --journal"},
    {"StandardError", "--log-file or --journal"},
    {"TTYPath", "-t"},
    {"SyslogIdentifier", "--type"},
}};

}  // namespace

bool depends_on_version(const JobSpec& spec) {
  return spec.restart.when != RestartWhen::no;
}

UnitPlan to_unit_plan(const JobSpec& spec, const std::string& record_path, const Helpers& helpers,
                      int systemd) {
  UnitPlan plan{spec.unit, {}, {}};
  for (const auto& property : spec.properties)
    (spec.run_as && is_of_user(property.first) ? plan.by_launcher : plan.drop_in).push_back(property);
  auto& p = plan.properties;
  p.push_back({"Description", description(spec)});
  // systemd keeps only paths that need no escaping over a reload.
  if (!spec.log_file.empty() && quote_path(spec.log_file) == spec.log_file)
    p.push_back({"Documentation", std::vector{"file://" + spec.log_file}});
  p.push_back({"Slice", spec.slice});
  p.push_back({"CollectMode", std::string("inactive-or-failed")});
  p.push_back({"Delegate", true});
  p.push_back({"OOMPolicy", std::string("stop")});
  p.push_back({"KillSignal", int32_t{spec.stop_signal}});
  p.push_back({"TimeoutStopUSec", unit_timeout(spec)});
  // Of a scope's processes the launcher sets priority and CPUs: systemd starts none of them.
  add_resource_control(plan, spec, tasks_of_ours);
  if (spec.scope) return plan;
  const std::string record = quote_path(record_path);
  add_service(plan, spec, record, helpers);
  add_restart(plan, spec, record, helpers, systemd);
  const bool waits = systemd < systemd_with_restart_steps && restart_steps(spec.restart) > 0 &&
                     spec.restart.when != RestartWhen::no;
  add_readiness(plan, spec, record, helpers, waits);
  return plan;
}

std::string to_unit_file(const UnitPlan& plan, Strings strings) {
  Sections sections(plan.unit);
  for (const Property& property : plan.properties)
    std::visit(Writer{sections, property.name, strings}, property.value);
  for (const auto& [name, value] : plan.drop_in) sections.add(name, value);
  std::string comments = "# " + plan.unit + "\n";
  for (const auto& [name, value] : plan.by_launcher)
    comments += "# by the launcher: " + name + "=" + value + "\n";
  std::string text = comments + sections.unit + "\n" + sections.own;
  for (const UnitPlan& companion : plan.companions) text += "\n" + to_unit_file(companion, strings);
  return text;
}

void refuse_set_twice(const UnitPlan& plan) {
  for (const Property& property : plan.properties)
    for (const auto& [name, value] : plan.drop_in)
      if (name == name_in_unit_file(property.name))
        throw Error(Errc::usage, "-p " + name + ": an option sets it, too; use one of the two");
}

std::vector<std::pair<std::string, std::string>> controlled_settings(const UnitPlan& plan) {
  std::vector<std::pair<std::string, std::string>> settings;
  const auto add = [&](const std::string& name) {
    if (const std::string controller = controller_of(name); !controller.empty())
      settings.emplace_back(controller, name);
  };
  for (const Property& property : plan.properties) add(name_in_unit_file(property.name));
  for (const auto& setting : plan.drop_in) add(setting.first);
  return settings;
}

bool is_of_user(const std::string& property) {
  return property == "User" || property == "Group" || property == "SupplementaryGroups";
}

std::string to_drop_in(const UnitPlan& plan) {
  if (plan.drop_in.empty()) return {};
  Sections sections(plan.unit);
  for (const auto& [name, value] : plan.drop_in) sections.add(name, value);
  return sections.unit + sections.own;
}

std::pair<std::string, std::string> parse_property(const std::string& text, const std::string& what) {
  const size_t equals = text.find('=');
  const std::string name = text.substr(0, equals);
  if (equals == std::string::npos || name.empty() ||
      !std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c); }))
    throw Error(Errc::usage, what + " " + printable_ascii(text, 100) + ": not of the form PROPERTY=VALUE");
  const std::string value = text.substr(equals + 1);
  if (std::any_of(value.begin(), value.end(), [](unsigned char c) { return c < 0x20 && c != '\t'; }) ||
      value.ends_with('\\'))
    throw Error(Errc::usage,
                what + " " + name + ": the value holds a control character or ends with a backslash");
  for (const Reserved& entry : reserved) {
    if (name != entry.name) continue;
    const std::string instead = entry.instead;
    throw Error(Errc::usage, what + " " + name + ": jobctl sets this property itself" +
                                 (instead.empty() ? "" : "; use " + instead));
  }
  return {name, value};
}

}  // namespace jobctl
