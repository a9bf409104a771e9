// Ending jobs, many at once: used by kill, restart and attach.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "commands/context.hpp"

namespace jobctl {

struct StopRequest {
  std::string how = "jobctl kill";  // for the record: "killed by alice (jobctl kill)"
  bool force = false;               // SIGKILL at once
};

struct Stopped {
  Job job;
  size_t processes = 0;  // there were
  Duration took{};
  bool needed_sigkill = false;
  std::string problem;       // "" when it is gone
  bool met_silence = false;  // systemd doesn't answer, and may yet carry it out
};

// Stops every job: the stop signal to all of its processes, SIGKILL after its stop timeout, until its cgroup
// is empty and its unit gone. Reports each as soon as it has ended; one failure doesn't stop the rest.
void stop_jobs(Context& context, const std::vector<Job>& jobs, const StopRequest& request,
               const std::function<void(const Stopped&)>& report);

// Whether systemctl freeze holds the whole unit; nothing can end it then but thaw().
bool is_unit_frozen(const Job& job);

// How many processes a job has.
size_t process_count(const Job& job);

// Writes into the job's record who asked for what. A job whose record was deleted or can't be read can be
// ended all the same.
void note_request(Context& context, const Job& job, const Event& event);

}  // namespace jobctl
