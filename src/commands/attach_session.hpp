// Watching a job and typing to it: used by attach and by start without -d.
#pragma once

#include <optional>
#include <string>

#include "commands/context.hpp"

namespace jobctl {

struct AttachOptions {
  std::optional<int64_t>
      lines;  // of recent output first; default: a screenful, or all of this run from its start
  bool whole_run = false;
  bool kill_on_interrupt = true;  // --no-kill: Ctrl+C detaches
  std::string detach_keys;        // "" = as configured

  static AttachOptions from_start() {
    AttachOptions options;
    options.whole_run = true;
    return options;
  }
};

struct Attached {
  int status = 0;            // for jobctl: the job's own when it has ended, 0 when it was left running
  bool ended = false;        // the job has
  bool told_to_end = false;  // by SIGTERM or SIGHUP, or because the terminal is gone
};

// Throws Error{refused} for a job that is queued.
Attached attach_to(Context& context, const Job& job, const AttachOptions& options);

}  // namespace jobctl
