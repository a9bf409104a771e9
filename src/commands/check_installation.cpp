// doctor: the programs, the service manager, the configuration.
#include <unistd.h>

#include "commands/finding.hpp"
#include "commands/generate.hpp"
#include "commands/job_file.hpp"
#include "commands/start_unit.hpp"
#include "config/template.hpp"
#include "util/display.hpp"
#include "util/run_program.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

constexpr const char* version_line = "jobctl " JOBCTL_VERSION;
constexpr const char* reinstall = "sudo apt install --reinstall jobctl";
constexpr int oldest_systemd = 249;

std::string version_of(const std::string& program) {
  const ProgramOutput told = run_program({program, "--version"});
  const std::string first = told.output.substr(0, told.output.find('\n'));
  return told.good ? printable_ascii(first, 60) : "a version that it doesn't tell";
}

}  // namespace

void check_programs(Context& context, Findings& findings) {
  const Helpers& helpers = context.helpers();
  const std::pair<std::string, const char*> programs[] = {
      {helpers.launcher, "no job can be started"},
      {helpers.finish, "how a job ends is not recorded"},
      {helpers.probe, "no job is asked whether it is ready or healthy"},
      {helpers.alert, "nobody is told of what happens to jobs"}};
  for (const auto& [program, without] : programs) {
    if (access(program.c_str(), X_OK) != 0)
      findings.push_back({"programs", program + " is missing: " + without, reinstall});
    else if (const std::string version = version_of(program); version != version_line)
      findings.push_back(
          {"versions", program + " is of " + version + ", this is " + version_line, reinstall});
  }
}

bool check_manager(Context& context, Findings& findings) try {
  const int version = systemd_version(context);
  if (version < oldest_systemd)
    findings.push_back({"manager",
                        "systemd " + std::to_string(version) + " is older than jobctl supports (" +
                            std::to_string(oldest_systemd) + ")",
                        "", "a newer distribution has a newer one"});
  return true;
} catch (const Error& error) {
  findings.push_back({"manager", error.what(), "", error.hint});
  return false;
}

void check_configuration(Context& context, Findings& findings) {
  if (const auto& problem = context.config_problem())
    findings.push_back({"configuration", problem->what(), "", problem->hint});
  for (const TemplateFile& file : find_templates(template_folders())) try {
      load_template(file.name, template_folders());
    } catch (const Error& error) {
      findings.push_back({"templates", error.what(), "jobctl template check " + shell_quote({file.name})});
    }
  const std::vector<std::string> files = job_files(context);
  if (!files.empty() && !has_generator(generator_folders(context.is_system()), context.is_system()))
    findings.push_back(
        {"job-files", "jobctl's generator is not installed: no job file becomes a unit", reinstall});
  for (const std::string& file : files) try {
      read_job_file(file);
    } catch (const Error& error) {
      findings.push_back({"job-files", visible(error.what()), "jobctl job check " + shell_quote({file})});
    }
}

}  // namespace jobctl
