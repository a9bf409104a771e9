#include "job/policy.hpp"
#include "job/record.hpp"
#include "util/error.hpp"

namespace jobctl {
namespace {

void add(std::string& data, std::string_view key, std::string_view value) {
  // argv can't have a NUL, but a text from a job file can, and it would begin an item of its own.
  if (value.find('\0') != std::string_view::npos)
    throw Error(Errc::usage, std::string(key) + " of the job contains a NUL byte");
  data.append(key).append("=").append(value).append(1, '\0');
}

void add_text(std::string& data, std::string_view key, std::string_view value) {
  if (!value.empty()) add(data, key, value);
}

void add_flag(std::string& data, std::string_view key, bool value) {
  if (value) add(data, key, "1");
}

void add_identity(std::string& data, const JobSpec& spec) {
  add(data, "uuid", spec.uuid);
  add_text(data, "type", spec.type);
  add_text(data, "name", spec.name);
  add_text(data, "session", spec.session);
  for (const auto& [key, value] : spec.labels) add(data, "label", key + "=" + value);
  add_text(data, "user", spec.user);
  add_text(data, "host", spec.host);
  add(data, "created", std::to_string(to_micros(spec.created_at)));
}

void add_commands(std::string& data, const JobSpec& spec) {
  for (const Argv& command : spec.commands) {
    add(data, "command", "");
    for (const std::string& argument : command) add(data, "arg", argument);
  }
  add_flag(data, "keep-going", spec.keep_going);
  add_flag(data, "tty", spec.tty);
  add_flag(data, "scope", spec.scope);
}

void add_credentials(std::string& data, const Credentials& run_as) {
  std::string text = std::to_string(run_as.uid) + ":" + std::to_string(run_as.gid);
  for (const gid_t group : run_as.groups) text += ":" + std::to_string(group);
  add(data, "run-as", text);
}

void add_surroundings(std::string& data, const JobSpec& spec) {
  add_text(data, "directory", spec.working_directory);
  add_flag(data, "clean-env", spec.clean_environment);
  for (const std::string& variable : spec.environment) add(data, "env", variable);
  if (spec.umask) add(data, "umask", std::to_string(*spec.umask));
  for (const auto& limit : spec.limits)
    add(data, "limit",
        std::to_string(limit.resource) + ":" + std::to_string(limit.soft) + ":" + std::to_string(limit.hard));
  if (spec.run_as) add_credentials(data, *spec.run_as);
}

void add_output_and_ending(std::string& data, const JobSpec& spec) {
  add(data, "log-kind", spec.log_kind == LogKind::journal ? "journal" : "file");
  add_text(data, "log-file", spec.log_file);
  add_text(data, "own-log", spec.own_log);
  add(data, "stop-signal", std::to_string(spec.stop_signal));
  add(data, "stop-timeout", spec.stop_timeout ? std::to_string(spec.stop_timeout->count()) : "infinity");
}

void add_unit(std::string& data, const JobSpec& spec) {
  for (const std::string& text : policy_texts(spec)) add(data, "policy", text);
  for (const auto& [name, value] : spec.properties) add(data, "property", name + "=" + value);
  add_text(data, "unit", spec.unit);
  add_text(data, "slice", spec.slice);
  add_text(data, "runtime-dir", spec.runtime_dir);
  add_text(data, "log-dir", spec.log_dir);
  add_text(data, "job-file", spec.job_file);
}

}  // namespace

std::string serialize(const JobSpec& spec) {
  std::string data;
  add(data, "jobctl-record", std::to_string(record_version));
  add_identity(data, spec);
  add_commands(data, spec);
  add_surroundings(data, spec);
  add_output_and_ending(data, spec);
  add_unit(data, spec);
  add(data, "defined", "1");
  return data;
}

std::string serialize(const Event& event) {
  std::string data;
  add(data, "event", to_line(event));
  return data;
}

}  // namespace jobctl
