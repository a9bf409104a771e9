#include "commands/unit_job.hpp"

#include <cstdlib>

#include <unistd.h>

#include "commands/records.hpp"
#include "job/job.hpp"
#include "proc/boot_id.hpp"
#include "proc/read.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

Argv command_line(pid_t pid) {
  Argv argv;
  try {
    const std::string bytes = read_file_if_exists("/proc/" + std::to_string(pid) + "/cmdline");
    for (size_t begin = 0; begin < bytes.size(); begin += argv.back().size() + 1)
      argv.emplace_back(bytes.c_str() + begin);
  } catch (const Error&) {  // NOLINT(bugprone-empty-catch): it ended meanwhile
  }
  return argv;
}

// "type name: command" is what Description= says (job/unit_plan.cpp).
std::string name_in_description(const std::string& description, const std::string& type) {
  const size_t colon = description.find(": ");
  if (colon == std::string::npos || !description.starts_with(type + " ")) return {};
  return description.substr(type.size() + 1, colon - type.size() - 1);
}

std::string property(Context& context, const Job& job, const char* interface, const char* name) {
  return context.units().property(job.spec.unit, interface, name).value_or("");
}

Job from_unit(Context& context, const UnitState& unit) {
  Job job;
  JobSpec& spec = job.spec;
  spec.uuid = *uuid_of_unit(unit.unit);
  spec.type = type_of_unit(unit.unit);
  spec.name = name_in_description(unit.description, spec.type);
  if (spec.name.empty()) spec.name = default_name(spec.type, spec.uuid);
  spec.user = user_name(context.is_system() ? 0 : geteuid());
  spec.unit = unit.unit;
  spec.scope = unit.unit.ends_with(".scope");
  spec.slice = property(context, job, unit_interface, "Slice");
  spec.runtime_dir = context.config().paths.runtime_dir;
  take_run_of_unit(context, job);
  job.current.requested_at = spec.created_at = *job.current.started_at;
  const std::string proc = "/proc/" + std::to_string(job.current.pid);
  spec.commands = {command_line(job.current.pid)};
  spec.working_directory = read_link(proc + "/cwd");
  spec.log_file = read_link(proc + "/fd/1");
  return job;
}

}  // namespace

void take_run_of_unit(Context& context, Job& job) {
  Run& run = job.current;
  run.pid = std::atoi(property(context, job, service_interface, "MainPID").c_str());
  run.started_at =
      from_micros(std::atoll(property(context, job, unit_interface, "ActiveEnterTimestamp").c_str()));
  run.cgroup = property(context, job, service_interface, "ControlGroup");
  run.boot_id = boot_id();
  run.state = job.state = State::running;
}

std::optional<Job> job_of_unit(Context& context, const UnitState& unit) {
  const auto file = context.is_foreign()
                        ? std::nullopt
                        : RecordFile::open_existing(context.record_path(*uuid_of_unit(unit.unit)));
  if (!file) return from_unit(context, unit);
  return refold(*file);
}

}  // namespace jobctl
