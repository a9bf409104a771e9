// What the user asked to run. A pure value: it is written into the job's record once and never changes.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/types.h>

#include "job/alert.hpp"
#include "job/exit_status.hpp"
#include "job/gpus.hpp"
#include "job/health.hpp"
#include "job/ports.hpp"
#include "job/probe.hpp"
#include "job/resource_control.hpp"
#include "job/restart_policy.hpp"
#include "job/schedule.hpp"
#include "util/time.hpp"

namespace jobctl {

using Argv = std::vector<std::string>;

// One of getrlimit(2)'s limits, as the caller had it.
struct ResourceLimit {
  int resource;
  uint64_t soft;
  uint64_t hard;
};

// Whom a job of the system manager runs as. The launcher becomes it, not systemd: it has to read the record
// first, which is root's.
struct Credentials {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;  // supplementary

  bool operator==(const Credentials&) const = default;
};

enum class LogKind {
  file,     // the kernel appends to JobSpec::log_file
  journal,  // stdout and stderr are the journal's
};

struct JobSpec {
  std::string uuid;  // 36 characters, lower case
  std::string type;
  std::string name;
  std::string session;  // "" = none
  std::map<std::string, std::string> labels;
  std::string user;  // who started it
  std::string host;
  Time created_at;

  std::vector<Argv> commands;  // run one after the other; one unless --then was given
  bool keep_going = false;     // go on with the next command after a failed one
  bool tty = false;            // the job gets a pseudo-terminal
  bool scope = false;          // carried by a scope instead of a service

  std::string working_directory;
  std::vector<std::string> environment;  // K=V
  bool clean_environment = false;        // on top of the manager's environment instead of exactly this
  std::optional<mode_t> umask;           // none: the manager's
  std::vector<ResourceLimit> limits;
  std::optional<Credentials> run_as;  // none: the manager's own user, or what systemd makes of -p User=

  LogKind log_kind = LogKind::file;
  std::string log_file;  // absolute; "" for LogKind::journal
  std::string own_log;   // the file that the program writes itself; "" = none

  ResourceControl control;
  ExitStatuses success;  // besides 0
  RestartPolicy restart;
  std::vector<Port> ports;  // as asked for
  Gpus gpus;                // as asked for
  Readiness ready;
  HealthPolicy health;
  Schedule schedule;
  AlertPolicy alerts;

  int stop_signal = 15;
  std::optional<Duration> stop_timeout = std::chrono::seconds(10);  // none: never SIGKILL

  std::vector<std::pair<std::string, std::string>> properties;  // -p, in unit file syntax

  std::string unit;         // unit name with suffix
  std::string slice;        // slice unit name
  std::string runtime_dir;  // where the start FIFO and the terminal's socket live
  std::string log_dir;      // <logs>, where own logs are collected
  std::string job_file;     // the file that defines the job, and its unit; "": neither is lasting
};

// "training-82d00a5b": type plus the first 8 digits, what a job without --name is called.
std::string default_name(const std::string& type, const std::string& uuid);

// The type of a job without --type: the program's basename.
std::string default_type(const Argv& command);

// Unit names for systemd.unit(5): at most 255 bytes, everything unusual escaped, a long type cut.
std::string unit_name(const std::string& type, const std::string& uuid, bool scope);
std::string slice_name(const std::string& session);

// The UUID in a unit name of ours; nullopt for other units.
std::optional<std::string> uuid_of_unit(const std::string& unit);
std::string type_of_unit(const std::string& unit);

// The UUID of the job whose unit a cgroup lies in, of the innermost one; nullopt where it is in none.
std::optional<std::string> uuid_of_cgroup(const std::string& cgroup);

bool is_uuid(const std::string& text);

// The UUID (version 8, RFC 9562) that a text always has.
std::string uuid_of(std::string_view text);

// Root's jobs belong to the system manager, everybody else's (and those of root's own --user) to a user
// manager.
constexpr const char* system_runtime_dir = "/run/jobctl";
inline bool uses_system_manager(const JobSpec& spec) {
  return spec.runtime_dir == system_runtime_dir;
}

}  // namespace jobctl
