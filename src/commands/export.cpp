// jobctl export: exactly one job as a file that starts the same again: a unit file that does without jobctl,
// or a job file.
#include <filesystem>

#include <unistd.h>

#include "commands/job_text.hpp"
#include "commands/jobs.hpp"
#include "commands/records.hpp"
#include "commands/start_unit.hpp"
#include "commands/verb.hpp"
#include "job/plain_unit.hpp"
#include "job/unit_escape.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"
#include "util/process.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

struct ExportOptions {
  std::shared_ptr<QueryOptions> query;
  std::string format = "unit";
  bool environment = false;
};

using Texts = std::vector<std::string>;

bool fits_into_unit(std::string_view assignment) {
  return environment_setting(assignment).has_value();
}

// Ports and GPUs are nobody's in a plain unit, but the program wants to be told.
void tell_ports_and_gpus(JobSpec& spec, const Run& run) {
  std::vector<Port> ports = run.ports.empty() ? spec.ports : run.ports;
  std::erase_if(ports, [](const Port& port) { return port.number == 0; });
  for (const std::string& variable : port_variables(ports)) set_variable(spec.environment, variable);
  for (const std::string& variable : gpu_variables(run.gpus.empty() ? spec.gpus : run.gpus))
    set_variable(spec.environment, variable);
}

bool is_program(const std::string& path) {
  std::error_code ignored;
  return access(path.c_str(), X_OK) == 0 && !std::filesystem::is_directory(path, ignored);
}

// As execvp(3) finds it along the job's PATH; "" where only a search there and then tells.
std::string find_along(std::string_view path, const std::string& name) {
  for (const std::string& folder : split(path, ':')) {
    if (!folder.starts_with('/')) return {};
    if (is_program(folder + "/" + name)) return folder + "/" + name;
  }
  return {};
}

std::string find_program(const JobSpec& spec) {
  const std::string& name = spec.commands.front().front();
  if (name.starts_with('/')) return name;
  const std::string directory = spec.working_directory + (spec.working_directory.ends_with('/') ? "" : "/");
  if (name.find('/') != std::string::npos)
    return directory + (name.starts_with("./") ? name.substr(2) : name);
  for (const std::string& assignment : spec.environment)
    if (assignment.starts_with("PATH=")) return find_along(std::string_view(assignment).substr(5), name);
  return {};
}

std::string as_unit(Context& context, const Job& job, const ExportOptions& options) {
  JobSpec spec = job.spec;
  PlainUnit unit;
  unit.program = find_program(spec);
  PortableEnvironment chosen =
      choose_environment(spec, given_variables(spec), options.environment, fits_into_unit);
  unit.notes = notes_on(chosen, "this unit");
  spec.environment = std::move(chosen.kept);
  tell_ports_and_gpus(spec, job.current);
  if (depends_on_version(spec)) unit.systemd = systemd_version(context);
  return plain_unit_text(spec, unit);
}

int run_export(Context& context, const ExportOptions& options) {
  const Query query = options.query->take();
  if (query.empty()) throw Error(Errc::usage, "export needs a job", "jobctl list -a shows all");
  context.require_own("export");
  const Job found = query.states.empty() ? find_one_recorded(context, query) : find_one_job(context, query);
  // The registry's row knows neither environment nor limits.
  const Job job = to_job(open_record(context, found).read());
  const std::string text =
      options.format == "unit" ? as_unit(context, job, options) : to_job_file(job.spec, options.environment);
  if (!write_all(STDOUT_FILENO, text)) throw_errno("could not write to standard output", errno);
  return 0;
}

}  // namespace

Verb add_export(CLI::App& app) {
  CLI::App* verb = app.add_subcommand("export", "print a job as a unit file or job file");
  auto options = std::make_shared<ExportOptions>();
  options->query = add_query(*verb);
  verb->add_option("--format", options->format, "unit (default): works without jobctl; or job: a job file")
      ->check(CLI::IsMember({"unit", "job"}));
  verb->add_flag("--environment", options->environment, "with every variable of the job, secrets included");
  verb->footer(
      "Examples:\n  jobctl export nightly > ~/.config/systemd/user/nightly.service\n"
      "  jobctl export --format job nightly > ~/.config/jobctl/jobs/nightly.toml");
  return {verb, [options](Context& context) { return run_export(context, *options); }};
}

}  // namespace jobctl
