#include "commands/job_text.hpp"

#include <pwd.h>
#include <unistd.h>

#include "job/inherited_settings.hpp"
#include "job/job_file_text.hpp"
#include "log/paths.hpp"
#include "util/process.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

using Texts = std::vector<std::string>;

bool is_utf8(std::string_view text) {
  return valid_utf8(text) == text;
}

std::string variables(const Texts& names) {
  return (names.size() == 1 ? "the variable " : "the variables ") + join(names, ", ");
}

}  // namespace

// What systemd tells a job of its user: one of root's in the system manager is told nothing before version
// 255.
Texts given_variables(const JobSpec& spec) {
  if (uses_system_manager(spec) && !spec.run_as) return {};
  const passwd* user = getpwuid(spec.run_as ? spec.run_as->uid : geteuid());
  if (!user) return {};
  return {std::string("HOME=") + user->pw_dir, std::string("USER=") + user->pw_name,
          std::string("LOGNAME=") + user->pw_name, std::string("SHELL=") + user->pw_shell};
}

Texts notes_on(const PortableEnvironment& chosen, const std::string& place) {
  Texts notes;
  const auto add = [&](const Texts& names, const std::string& why) {
    if (!names.empty()) notes.push_back("not in " + place + ": " + variables(names) + " (" + why + ")");
  };
  add(chosen.callers, "of the caller's session");
  add(chosen.secrets, "by name or value a secret; --environment writes it, too");
  add(chosen.impossible, "can't be written there");
  return notes;
}

std::string to_job_file(JobSpec spec, bool whole_environment, const Texts& always) {
  PortableEnvironment chosen = choose_environment(spec, given_variables(spec), whole_environment, is_utf8);
  for (const std::string& assignment : always) {
    set_variable(chosen.kept, assignment);
    std::erase(chosen.secrets, assignment.substr(0, assignment.find('=')));
  }
  std::string text;
  for (const std::string& note : notes_on(chosen, "this file"))
    text += "# " + printable_ascii(note, 2000) + "\n";
  spec.environment = std::move(chosen.kept);
  if (spec.log_file == log_path(spec.log_dir, spec.type, spec.uuid)) spec.log_file.clear();
  // What a start takes from the caller's shell, and a job file from nobody.
  for (const auto& setting : inherited_settings(spec)) spec.properties.push_back(setting);
  return text + job_file_text(spec);
}

}  // namespace jobctl
