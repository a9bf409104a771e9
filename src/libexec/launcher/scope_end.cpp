#include "scope_end.hpp"

#include <csignal>
#include <cstdlib>

#include <sys/wait.h>
#include <unistd.h>

#include "job/job.hpp"
#include "proc/cgroup.hpp"
#include "util/error.hpp"
#include "util/process.hpp"
#include "util/text.hpp"

namespace jobctl {

ExitStatus to_exit_status(int wait_status) {
  ExitStatus exit;
  if (WIFEXITED(wait_status)) exit.code = WEXITSTATUS(wait_status);
  if (WIFSIGNALED(wait_status))
    exit.signal = WTERMSIG(wait_status), exit.core_dumped = WCOREDUMP(wait_status);
  return exit;
}

const char* code_of(const ExitStatus& exit) {
  return exit.code ? "exited" : exit.core_dumped ? "dumped" : "killed";
}

namespace {

// What systemd does for a service when its main process has ended; the finish hook kills what doesn't heed
// it.
void stop_leftovers(const Launch& launch) try {
  const Cgroup payload(payload_of(launch.cgroup()));
  if (!payload.populated()) return;
  payload.signal(launch.spec().stop_signal);
  payload.signal(SIGCONT);
} catch (const Error&) {  // NOLINT(bugprone-empty-catch): the hook goes on
}

}  // namespace

void finish_scope(const Launch& launch, const std::optional<ExitStatus>& exit) {
  stop_leftovers(launch);
  setenv("SERVICE_RESULT", exit ? "success" : result_of_unknown_exit, 1);
  unsetenv("EXIT_CODE");
  unsetenv("EXIT_STATUS");
  if (exit) {
    const std::string status =
        exit->code ? std::to_string(*exit->code) : signal_name(*exit->signal).substr(3);
    setenv("EXIT_CODE", code_of(*exit), 1);
    setenv("EXIT_STATUS", status.c_str(), 1);
  }
  const std::string finish = own_folder() + "/finish";
  const std::string record = quote_path(launch.record_path());
  execl(finish.c_str(), finish.c_str(), record.c_str(), nullptr);
}

}  // namespace jobctl
