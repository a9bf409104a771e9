// The finish hook: a job's ExecStopPost=, `finish RECORD`. It runs in UNIT/.control, outside the job's
// payload, when the main process is gone, and writes how the run ended into the record (systemd.exec(5):
// SERVICE_RESULT, EXIT_CODE, EXIT_STATUS). The holder of a scope, where systemd has no such hook, starts it
// with the same variables.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <utility>

#include <unistd.h>

#include "bus/bus_manager.hpp"
#include "bus/drop_in.hpp"
#include "ending.hpp"
#include "job/companion_plan.hpp"
#include "job/job.hpp"
#include "journal/send.hpp"
#include "libexec/common/alerts.hpp"
#include "libexec/common/version.hpp"
#include "own_log.hpp"
#include "registry/record_file.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

void tell_journal(const JobSpec& spec, const Run& run) {
  Job job;
  job.spec = spec;
  job = at_run(std::move(job), run);
  send_event(
      spec,
      {message_ended, ending_in_words(job), job.run, job.state == State::failed ? LOG_NOTICE : LOG_INFO},
      uses_system_manager(spec));
}

// What can't be told now the next check sees by itself.
void end_checks(const JobSpec& spec, int run) try {
  constexpr Duration patience = std::chrono::seconds(1);
  unlink(health_path(spec.runtime_dir, spec.uuid).c_str());
  BusManager manager(manager_of(spec));
  manager.wait_for(*manager.stop(health_timer(spec, run)), patience);
} catch (const Error&) {  // NOLINT(bugprone-empty-catch)
}

void finish(const std::string& path) {
  RecordFile file = RecordFile::require(path);
  const Record record = file.read();
  if (began_no_run(record)) return;
  const JobSpec& spec = record.spec;
  Event ended = observe_ending(record);
  file.keep_locked(true);  // whoever flushes the job has to see all of its end
  file.append(ended);
  // Written first without this, because asking takes the manager's answer and the end must not wait for it.
  if (const std::string who = stopped_by(record, ended.run); !who.empty()) {
    ended.fields["stopped"] = who;
    file.append(ended);
  }
  unlink(terminal_path(spec.runtime_dir, spec.uuid).c_str());  // a holder that was killed left it
  if (spec.health.probe) end_checks(spec, ended.run);
  if (spec.alerts.tells_of_ends()) alert_of_end(file, ended.run);
  if (!spec.own_log.empty()) file.append(collect_own_log(spec, ended.run));
  const Run run = to_runs(file.read()).back();
  // The next run of the same unit has the same settings.
  if (!run.goes_on) {
    if (!spec.properties.empty()) remove_drop_in(manager_of(spec), spec.unit);
    unlink(kept_unit_path(spec.runtime_dir, spec.unit).c_str());
  }
  tell_journal(spec, run);
  file.sync();
}

}  // namespace

}  // namespace jobctl

int main(int argc, char** argv) try {
  if (jobctl::tell_version(argc, argv)) return 0;
  if (argc != 2) {
    dprintf(STDERR_FILENO, "finish: started by systemd, not by hand\n");
    return 2;
  }
  jobctl::finish(jobctl::unquote_path(argv[1]));
} catch (const std::exception& error) {
  dprintf(STDERR_FILENO, "jobctl finish: %s\n", error.what());
  return 1;
}
