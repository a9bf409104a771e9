// The probe: asks a job whether it does what it is there for. `probe ready RECORD` is the unit's
// ExecStartPost=: it returns 0 when the job is ready, and 1 when it isn't in time or has ended, upon which
// systemd stops the unit. It runs in UNIT/.control, outside the job's payload. `probe health RECORD RUN
// TIMER` is one check of a run, started by that timer.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>

#include <unistd.h>

#include "health.hpp"
#include "libexec/common/version.hpp"
#include "ready.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

void begin_checks_or_tell(const RecordFile& file, const JobSpec& spec, const Run& run) try {
  begin_checks(file, spec, run);
} catch (const Error& error) {
  file.append(
      Event("unhealthy", run.number,
            {{"text", std::string("its checks could not be started: ") + error.what()}, {"action", "tell"}}));
}

int ready(const RecordFile& file) {
  const JobSpec spec = file.read().spec;
  const auto run = wait_for_program(file);
  if (!run) return 1;
  if (spec.ready.is_asked() && !wait_until_ready(file, spec, *run)) return 1;
  if (spec.health.probe) begin_checks_or_tell(file, spec, *run);
  return 0;
}

}  // namespace

}  // namespace jobctl

int main(int argc, char** argv) try {
  using namespace jobctl;
  if (tell_version(argc, argv)) return 0;
  if (argc == 3 && strcmp(argv[1], "ready") == 0) return ready(RecordFile::require(unquote_path(argv[2])));
  if (argc == 5 && strcmp(argv[1], "health") == 0)
    return check_health(unquote_path(argv[2]), std::atoi(argv[3]), argv[4]), 0;
  dprintf(STDERR_FILENO, "probe: started by systemd, not by hand\n");
  return 2;
} catch (const std::exception& error) {
  dprintf(STDERR_FILENO, "jobctl probe: %s\n", error.what());
  return 1;
}
