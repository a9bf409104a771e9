#include "job/plain_unit.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "job/inherited_settings.hpp"
#include "job/policy.hpp"
#include "job/shell_script.hpp"
#include "job/unit_escape.hpp"
#include "job/unit_settings.hpp"
#include "util/error.hpp"
#include "util/text.hpp"
#include "util/time_span.hpp"

namespace jobctl {

namespace {

using Texts = std::vector<std::string>;

// What a unit has no setting for, by the group of options in the help, and what comes near to it.
struct Lacking {
  std::string_view group;
  const char* instead;
};
constexpr Lacking lacking[] = {
    {"Ports and GPUs", "told in its environment, but not kept from others"},
    {"Readiness", "the unit is started when its program runs"},
    {"Health", "WatchdogSec= asks a program that can answer"},
    {"Alerts", "OnFailure= and OnSuccess= name units to start"},
    {"Schedule", "systemd.timer(5) starts units"},
};

Texts options_of(const JobSpec& spec, std::string_view group) {
  Texts options;
  for (const Policy& policy : policies())
    if (group == policy.group && !policy.texts(spec).empty())
      options.push_back(std::string("--") + policy.name);
  return options;
}

Texts lacking_notes(const JobSpec& spec, int systemd) {
  Texts notes;
  const auto add = [&](const std::string& note) { notes.push_back("not in this unit: " + note); };
  for (const auto& [group, instead] : lacking) {
    if (group == "Readiness" && spec.ready.is_told()) continue;
    if (const Texts options = options_of(spec, group); !options.empty())
      add(join(options, ", ") + " (" + instead + ")");
  }
  if (spec.tty) add("the terminal that -t gave to it");
  if (!spec.session.empty()) add("--session " + spec.session);
  if (!spec.own_log.empty()) add("--own-log " + spec.own_log);
  const bool grows = spec.restart.when != RestartWhen::no && restart_steps(spec.restart) > 0;
  if (grows && systemd < systemd_with_restart_steps)
    add("a delay that grows from one restart to the next (systemd 254 has RestartSteps=)");
  return notes;
}

// What only a shell can say: several commands, and names that the settings for them have no way to write.
// "" where none is needed.
std::string script_of(const JobSpec& spec, const std::optional<std::string>& program) {
  ShellScript script;
  if (!path_setting(spec.working_directory)) script.directory = spec.working_directory;
  if (!spec.log_file.empty() && !path_setting(spec.log_file)) script.log_file = spec.log_file;
  const Argv& command = spec.commands.front();
  const bool is_plain = spec.commands.size() == 1 && script.directory.empty() && script.log_file.empty() &&
                        program && std::all_of(command.begin(), command.end(), can_be_shown);
  return is_plain ? "" : shell_script(spec.commands, spec.keep_going, script);
}

[[noreturn]] void refuse(const JobSpec& spec, const std::string& why) {
  throw Error(Errc::failed, "could not export " + spec.name + ": " + why,
              "jobctl export --format job " + spec.uuid.substr(0, 8));
}

// execve(2), MAX_ARG_STRLEN.
constexpr size_t longest_argument = 128 * 1024 - 1;

std::string exec_start(const JobSpec& spec, const std::string& path) {
  const Argv& command = spec.commands.front();
  const auto program = exec_program(path, command.front());
  const std::string script = script_of(spec, program);
  if (script.size() > longest_argument)
    refuse(spec, "its script for /bin/sh would be longer than one argument may be (128 KiB)");
  if (!script.empty()) return "/bin/sh -c " + exec_word(script);
  std::string text = *program;
  for (size_t i = 1; i < command.size(); ++i) text += " " + exec_word(command[i]);
  return text;
}

void add_attributes(UnitPlan& plan, const JobSpec& spec) {
  auto& p = plan.properties;
  for (const auto& [name, value] : inherited_settings(spec)) p.push_back({name, value});
  // systemd's services ignore it, jobs don't.
  p.push_back({"IgnoreSIGPIPE", false});
}

void add_output(UnitPlan& plan, const JobSpec& spec) {
  auto& p = plan.properties;
  if (spec.log_kind == LogKind::journal) {
    p.push_back({"StandardOutput", std::string("journal")});
    p.push_back({"SyslogIdentifier", text_setting(spec.type, 60)});
  } else if (const auto path = path_setting(spec.log_file)) {
    p.push_back({"StandardOutput", "append:" + *path});
  }
  p.push_back({"StandardError", std::string("inherit")});
}

void add_ending(UnitPlan& plan, const JobSpec& spec) {
  auto& p = plan.properties;
  p.push_back({"KillSignal", int32_t{spec.stop_signal}});
  p.push_back({"TimeoutStopUSec",
               spec.stop_timeout ? static_cast<uint64_t>(spec.stop_timeout->count()) : UINT64_MAX});
  if (!spec.success.empty()) p.push_back({"SuccessExitStatus", spec.success});
  if (spec.restart.when == RestartWhen::no) return;
  add_start_limit(plan, spec.restart);
}

void add_start(UnitPlan& plan, const JobSpec& spec, const std::string& program) {
  auto& p = plan.properties;
  p.push_back({"Type", std::string(spec.ready.is_told() ? "notify" : "exec")});
  if (spec.ready.is_told()) {
    p.push_back({"NotifyAccess", std::string("all")});
    p.push_back({"TimeoutStartUSec", static_cast<uint64_t>(spec.ready.patience().count())});
  }
  p.push_back({"ExecStart", exec_start(spec, program)});
  if (const auto directory = path_setting(spec.working_directory))
    p.push_back({"WorkingDirectory", *directory});
  for (const std::string& assignment : spec.environment)
    if (const auto setting = environment_setting(assignment)) p.push_back({"Environment", *setting});
}

std::string description(const JobSpec& spec) {
  Texts commands;
  for (const Argv& command : spec.commands) commands.push_back(join(command, " "));
  return text_setting(spec.name + ": " + join(commands, "; "), 200);
}

// People read these.
void spell_times(UnitPlan& plan) {
  for (Property& property : plan.properties) {
    const auto* micros = std::get_if<uint64_t>(&property.value);
    const bool is_quota = property.name.starts_with("CPUQuota");
    if (micros && *micros != UINT64_MAX && property.name.ends_with("USec") && !is_quota)
      property.value = time_span_text(Duration(*micros));
  }
}

UnitPlan plan_of(const JobSpec& spec, const PlainUnit& options) {
  UnitPlan plan{unit_escape(spec.name) + ".service", {}, spec.properties};
  plan.properties.push_back({"Description", description(spec)});
  add_start(plan, spec, options.program);
  add_attributes(plan, spec);
  add_output(plan, spec);
  add_ending(plan, spec);
  if (spec.restart.when != RestartWhen::no) add_restart_settings(plan, spec.restart, options.systemd);
  JobSpec service = spec;
  service.scope = false;
  add_resource_control(plan, service, 0);
  spell_times(plan);
  return plan;
}

std::string comments_of(const JobSpec& spec, const PlainUnit& options) {
  const bool is_system = uses_system_manager(spec);
  Texts lines = {"What jobctl export made of job " + spec.uuid + ", to run it without jobctl.",
                 std::string("Its place: ") + (is_system ? "/etc/systemd/system" : "~/.config/systemd/user")};
  for (const Texts& notes : {lacking_notes(spec, options.systemd), options.notes})
    lines.insert(lines.end(), notes.begin(), notes.end());
  std::string text;
  for (const std::string& line : lines) text += "# " + printable_ascii(line, 2000) + "\n";
  return text;
}

void check_lines(const JobSpec& spec, const std::string& text) {
  for (const std::string& line : split(text, '\n'))
    if (line.size() > longest_unit_line)
      refuse(spec, line.substr(0, line.find('=') + 1) +
                       " would be longer than systemd reads a line of a unit file (1 MiB)");
}

}  // namespace

std::string plain_unit_text(const JobSpec& spec, const PlainUnit& options) {
  const char* target = uses_system_manager(spec) ? "multi-user.target" : "default.target";
  const std::string text = comments_of(spec, options) +
                           to_unit_file(plan_of(spec, options), Strings::of_unit_files) +
                           "\n[Install]\nWantedBy=" + target + "\n";
  check_lines(spec, text);
  return text;
}

}  // namespace jobctl
