// doctor: programs that units were told of when they were made, and that are gone since: jobctl was moved, or
// another version installed elsewhere.
#include <array>
#include <map>

#include <unistd.h>

#include "bus/connect.hpp"
#include "commands/finding.hpp"
#include "job/companion_plan.hpp"
#include "output/words.hpp"
#include "proc/read.hpp"
#include "util/directories.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

std::string unit_file(const Context& context, const std::string& unit) {
  const std::string folder = (context.is_system() ? "/run" : runtime_directory()) + "/systemd/";
  if (auto text = read_small_file(folder + "transient/" + unit)) return std::move(*text);
  return read_small_file(folder + "generator/" + unit).value_or("");
}

struct Role {
  const char* name;
  std::string Helpers::*present;
  const char* loss;
};
constexpr std::array<Role, 4> roles = {{{"finish", &Helpers::finish, "nobody will record how the run ends"},
                                        {"probe", &Helpers::probe, "nobody looks at the job's health"},
                                        {"alert", &Helpers::alert, "nobody is alerted"},
                                        {"jobctl", &Helpers::client, "no run begins at its time"}}};

// Those that are needed and can't be executed, and the names of the jobs that need them.
using MissingPrograms = std::map<std::string, std::set<std::string>>;

void look_at_program(const Argv& command, const std::string& job, MissingPrograms& missing) {
  if (!command.empty() && access(command[0].c_str(), X_OK) != 0) missing[command[0]].insert(job);
}

MissingPrograms missing_programs(const Context& context, const RecordedJobs& recorded,
                                 const UnitsOfJobs& units) {
  MissingPrograms missing;
  std::map<std::string, std::string> names;
  for (const Job& job : recorded.jobs) {
    names.emplace(job.spec.uuid, shown_name(job.spec));
    if (units.own.contains(job.spec.uuid))  // scopes have none
      look_at_program(command_in_unit(context, job.spec.unit, "ExecStopPost"), shown_name(job.spec), missing);
  }
  for (const std::string& unit : units.beside) {
    const auto name = names.find(*uuid_of_companion(unit));
    look_at_program(command_in_unit(context, unit, "ExecStart"), name == names.end() ? unit : name->second,
                    missing);
  }
  return missing;
}

// A link from there to the program that is here.
std::string link_command(const std::string& from, const std::string& to) {
  const std::string folder = from.substr(0, from.rfind('/'));
  std::string above = folder;
  while (!above.empty() && is_missing(above)) above.erase(above.rfind('/'));
  const char* sudo = access(above.c_str(), W_OK) == 0 ? "" : "sudo ";
  return sudo + shell_command("mkdir -p", folder) + " && " + sudo + "ln -sf " + shell_quote({to, from});
}

}  // namespace

Argv command_in_unit(const Context& context, const std::string& unit, const std::string& setting) {
  const std::string text = unit_file(context, unit), key = "\n" + setting + "=";
  const size_t at = text.rfind(key);  // before it may stand an empty one, which resets the list
  const size_t begin = at == std::string::npos ? at : text.find_first_not_of("-@:+!", at + key.size());
  if (begin == std::string::npos) return {};
  return shell_split(std::string_view(text).substr(begin, text.find('\n', begin) - begin)).value_or(Argv());
}

bool lacks_program(const Context& context, const std::string& unit) {
  const Argv command = command_in_unit(context, unit, "ExecStart");
  return !command.empty() && access(command[0].c_str(), X_OK) != 0;
}

void check_programs_of_units(const Context& context, const RecordedJobs& recorded, const UnitsOfJobs& units,
                             Findings& findings) {
  for (const auto& [program, jobs] : missing_programs(context, recorded, units))
    for (const Role& role : roles) {
      const std::string& present = context.helpers().*role.present;
      if (!program.ends_with(std::string("/") + role.name) || program == present)
        continue;  // that was told of
      const std::string whose = jobs.size() == 1 ? "the units of " + *jobs.begin()
                                                 : "units of " + std::to_string(jobs.size()) + " jobs";
      findings.push_back({"programs",
                          printable_ascii(program, 200) + " is gone, which " + whose + " need: " + role.loss,
                          link_command(program, present)});
    }
}

}  // namespace jobctl
