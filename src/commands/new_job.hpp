// From the options of `jobctl start` and what the caller's shell has to the job's definition.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "commands/context.hpp"
#include "job/spec.hpp"

namespace jobctl {

struct StartOptions {
  std::vector<Argv> commands;
  bool detach = false;
  bool tty = false;
  bool scope = false;
  bool keep_going = false;
  bool clean_environment = false;
  bool journal = false;
  bool dry_run = false;
  bool wait_ready = false;
  std::string type, name, session, uuid, directory, log_file, own_log, stop_signal, stop_timeout, linger;
  std::vector<std::string> labels, environment, environment_files, properties;
  std::map<std::string, std::vector<std::string>> policies;  // by Policy::name
};

// Checks everything that can be checked without touching anything. Throws Error{usage}.
JobSpec new_job(Context& context, const StartOptions& options);

// A random UUID (version 4).
std::string random_uuid();

}  // namespace jobctl
