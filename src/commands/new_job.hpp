// From the options of `jobctl start` and what the caller's shell has to the job's definition.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "commands/context.hpp"
#include "job/definition.hpp"

namespace jobctl {

struct StartOptions : Definition {
  bool detach = false;
  bool dry_run = false;
  bool wait_ready = false;
  std::string uuid, linger, job_template, save;
};

// What doesn't depend on the caller, but for the working directory. Throws Error{usage}.
JobSpec define_job(const Config& config, const StartOptions& options);

// Checks everything that can be checked without touching anything. Throws Error{usage}.
JobSpec new_job(Context& context, const StartOptions& options);

// A random UUID (version 4).
std::string random_uuid();

}  // namespace jobctl
