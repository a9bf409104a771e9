#include "commands/new_job.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include <sys/random.h>
#include <unistd.h>

#include "commands/caller.hpp"
#include "commands/run_as.hpp"
#include "commands/start_defaults.hpp"
#include "job/policy.hpp"
#include "log/paths.hpp"
#include "proc/machine.hpp"
#include "util/error.hpp"
#include "util/number.hpp"
#include "util/process.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

std::map<std::string, std::string> parse_labels(const std::vector<std::string>& texts) {
  std::map<std::string, std::string> labels;
  for (const std::string& text : texts) {
    check_label(text, "-l");
    const size_t equals = text.find('=');
    labels[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return labels;
}

std::vector<std::string> build_environment(const StartOptions& options, const JobSpec& spec) {
  std::vector<std::string> environment;
  if (!options.clean_environment) environment = caller_environment(options.tty);
  if (!options.clean_environment && !options.directory.empty())
    set_variable(environment, "PWD=" + spec.working_directory);
  if (spec.run_as) adapt_environment(environment, *spec.run_as);
  for (const std::string& file : options.environment_files)
    for (const std::string& assignment : read_environment_file(file)) set_variable(environment, assignment);
  for (const std::string& assignment : options.environment) {
    // As docker: -e NAME passes the caller's value on.
    const char* value = assignment.find('=') == std::string::npos ? getenv(assignment.c_str()) : nullptr;
    check_variable(assignment, "-e");
    if (value)
      set_variable(environment, assignment + "=" + value);
    else if (assignment.find('=') != std::string::npos)
      set_variable(environment, assignment);
  }
  return environment;
}

void set_log(JobSpec& spec, const StartOptions& options, const Config& config) {
  spec.log_dir = config.paths.logs;
  if (options.journal) {
    if (options.tty)
      throw Error(Errc::usage,
                  "-t and --journal exclude each other: a terminal's output is no lines of text");
    if (options.scope)
      throw Error(Errc::usage,
                  "--scope and --journal exclude each other: systemd opens the journal for services only");
    if (!options.log_file.empty()) throw Error(Errc::usage, "--log-file and --journal exclude each other");
    spec.log_kind = LogKind::journal;
  } else {
    spec.log_file = options.log_file.empty() ? log_path(spec.log_dir, spec.type, spec.uuid)
                                             : absolute_path(options.log_file);
  }
  if (!options.own_log.empty()) spec.own_log = absolute_path(options.own_log);
}

void set_ending(JobSpec& spec, const StartOptions& options, const Config& config) {
  spec.stop_timeout = config.stop_timeout;
  if (!options.stop_timeout.empty())
    spec.stop_timeout = parse_duration(options.stop_timeout, "--stop-timeout");
  if (!options.stop_signal.empty())
    spec.stop_signal = parse_stop_signal(options.stop_signal, "--stop-signal");
}

// A CPU that isn't there would be left out silently, or keep the unit from starting.
void check_cpus(const JobSpec& spec) {
  const int64_t present = sysconf(_SC_NPROCESSORS_CONF);
  if (spec.control.cpu_affinity.empty() || spec.control.cpu_affinity.back() < present) return;
  throw Error(Errc::usage, "--cpu-affinity " + cpu_list_text(spec.control.cpu_affinity) +
                               ": this machine has CPUs 0-" + std::to_string(present - 1));
}

void set_policies(JobSpec& spec, const StartOptions& options, const Config& config) {
  for (const Policy& policy : policies())
    if (const auto given = options.policies.find(policy.name); given != options.policies.end())
      for (const std::string& text : given->second) policy.set(spec, text, std::string("--") + policy.name);
  set_defaults(spec, options.policies, config);
  check_cpus(spec);
}

// Limits that -p gives to the unit are not to be undone by the caller's.
bool is_set_by_property(const JobSpec& spec, int resource) {
  static constexpr std::array names = {"CPU",      "FSIZE",  "DATA",    "STACK", "CORE",  "RSS",
                                       "NPROC",    "NOFILE", "MEMLOCK", "AS",    "LOCKS", "SIGPENDING",
                                       "MSGQUEUE", "NICE",   "RTPRIO",  "RTTIME"};
  const auto index = static_cast<size_t>(resource);
  return index < names.size() &&
         std::any_of(spec.properties.begin(), spec.properties.end(), [&](const auto& property) {
           return property.first == std::string("Limit") + names[index];
         });
}

void inherit(JobSpec& spec) {
  const auto given = [&](const char* name) {
    return std::any_of(spec.properties.begin(), spec.properties.end(),
                       [&](const auto& property) { return property.first == name; });
  };
  if (!given("UMask")) spec.umask = caller_umask();
  for (const ResourceLimit& limit : caller_limits())
    if (!is_set_by_property(spec, limit.resource)) spec.limits.push_back(limit);
}

}  // namespace

std::string random_uuid() {
  std::array<unsigned char, 16> bytes{};
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    throw_errno("could not get random bytes", errno);
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
  std::string uuid;
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) uuid += '-';
    uuid += to_hex(bytes[i]);
  }
  return uuid;
}

JobSpec define_job(const Config& config, const StartOptions& options) {
  JobSpec spec;
  spec.uuid = options.uuid.empty() ? random_uuid() : options.uuid;
  if (!is_uuid(spec.uuid))
    throw Error(Errc::usage, "--uuid " + printable_ascii(spec.uuid, 60) + ": not a UUID in lower case",
                "make one with: uuidgen");
  spec.commands = options.commands;
  if (!options.type.empty()) check_word(options.type, "--type");
  if (!options.name.empty()) check_word(options.name, "--name");
  if (!options.session.empty()) check_word(options.session, "--session");
  spec.type = options.type.empty() ? default_type(spec.commands.front()) : options.type;
  spec.name = options.name.empty() ? default_name(spec.type, spec.uuid) : options.name;
  spec.session = options.session;
  spec.labels = parse_labels(options.labels);
  spec.host = host_name();
  spec.created_at = now();
  spec.keep_going = options.keep_going;
  spec.tty = options.tty;
  spec.scope = options.scope;
  spec.clean_environment = options.clean_environment;
  spec.working_directory = options.directory.empty() ? caller_directory() : absolute_path(options.directory);
  for (const std::string& text : options.properties) spec.properties.push_back(parse_property(text));
  set_log(spec, options, config);
  set_ending(spec, options, config);
  set_policies(spec, options, config);
  spec.unit = unit_name(spec.type, spec.uuid, spec.scope);
  spec.slice = slice_name(spec.session);
  spec.runtime_dir = config.paths.runtime_dir;
  return spec;
}

JobSpec new_job(Context& context, const StartOptions& options) {
  JobSpec spec = define_job(context.config(), options);
  spec.user = user_name(geteuid());
  spec.run_as = find_run_as(spec);
  if (spec.run_as && !context.is_system())
    throw Error(Errc::usage, "only jobs of the system manager can run as somebody else (-p User=, Group=)",
                "sudo jobctl start …");
  spec.environment = build_environment(options, spec);
  inherit(spec);
  return spec;
}

}  // namespace jobctl
