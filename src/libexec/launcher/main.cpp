// The launcher: what systemd starts for a job, `launcher run RECORD`. It sets up the job exactly as the
// record says and becomes it (exec); only where somebody must stay it stays, as the holder (holder.hpp).
// `launcher scope RECORD` is started by jobctl itself and waits for a line on standard input: by then it has
// been moved into its scope; `launcher adopt RECORD` in the same way, for a process that runs already.
// `launcher wait RECORD` makes the time before a restart longer than systemd can.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <thread>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adopted.hpp"
#include "holder.hpp"
#include "job/job.hpp"
#include "launch.hpp"
#include "libexec/common/version.hpp"
#include "manager_barrier.hpp"
#include "proc/boot_id.hpp"
#include "setup.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

int64_t size_of(int fd) {
  struct stat info {};
  return fstat(fd, &info) == 0 ? info.st_size : 0;
}

// Before version 256 systemd moves the process that it has forked into the unit's cgroup once more, whenever
// it comes to it: back out of the payload. A filter of system calls may kill whoever asks.
void wait_for_last_move(const JobSpec& spec) {
  for (const auto& [name, value] : spec.properties)
    if (name == "SystemCallFilter") return;
  wait_for_manager();
}

// Becomes the program. Returns only by throwing.
[[noreturn]] void become_the_job(Launch& launch) {
  const JobSpec& spec = launch.spec();
  int64_t log_offset = 0;
  if (spec.log_kind == LogKind::file) {
    const Fd log = open_log(spec);
    log_offset = size_of(log.get());
    dup2(log.get(), STDOUT_FILENO);
    dup2(log.get(), STDERR_FILENO);
  }
  apply_attributes(spec);
  wait_for_last_move(spec);
  if (!launch.enter_payload()) throw StartFailure{"cgroup", errno, launch.cgroup(), 219, {}};
  if (const Step* failed = become_user_in_directory(spec)) throw step_failure(spec, *failed, errno);
  launch.record_started(getpid(), log_offset);
  launch.tell_started(getpid());
  const int error = execute(spec.commands.front(), job_environment(spec, launch.given()));
  throw exec_failure(spec.commands.front(), error, is_there(spec.commands.front()));
}

bool needs_holder(const JobSpec& spec) {
  return spec.tty || spec.scope || spec.commands.size() > 1;
}

int run(const std::string& record_path) {
  Launch launch(record_path);
  constexpr int start_no_more = 219;  // RestartPreventExitStatus= has it
  if (launch.is_beyond_limit()) return start_no_more;
  try {
    launch.make_payload();
    if (launch.spec().ready.is_asked()) launch.wait_for_probe();
    if (needs_holder(launch.spec())) return hold(launch);
    become_the_job(launch);
  } catch (const StartFailure& failure) {
    launch.fail(failure);
    return failure.status;
  } catch (const TakenBack&) {
    return start_no_more;
  }
}

// The client that starts a scope lets go by a line, the scope's invocation ID; an end of file without one
// means that it gave up, or was killed.
bool wait_for_scope() {
  setsid();
  for (const char* of_the_callers_unit : {"INVOCATION_ID", "JOURNAL_STREAM", "NOTIFY_SOCKET"})
    unsetenv(of_the_callers_unit);
  std::string line = read_all(STDIN_FILENO, "standard input");
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  dup2(null, STDIN_FILENO);
  if (!line.ends_with('\n')) return false;
  line.pop_back();
  if (!line.empty()) setenv("INVOCATION_ID", line.c_str(), 1);
  return true;
}

// Without the line, too: the process may have been moved before the client was killed, and is a job then.
// Nobody is to wait for the end of what the client prints until the job has ended.
int adopt(const std::string& record_path) {
  const bool is_moved = wait_for_scope();
  dup2(STDIN_FILENO, STDOUT_FILENO);
  dup2(STDIN_FILENO, STDERR_FILENO);
  Launch launch(record_path);
  try {
    return watch_adopted(launch, is_moved);
  } catch (const StartFailure& failure) {
    launch.fail(failure);
    return failure.status;
  }
}

// What the unit's own delay lacks, where systemd doesn't let it grow.
int wait_for_restart(const std::string& record_path) {
  const auto file = RecordFile::open_existing(record_path);
  if (!file) return 1;
  const Record record = file->read();
  const Run last = to_runs(record).back();
  const RestartPolicy& policy = record.spec.restart;
  if (last.goes_on && last.boot_id == boot_id())
    std::this_thread::sleep_for(restart_delay(policy, last.restarts) - restart_delay(policy, 0));
  return 0;
}

int launcher_main(int argc, char** argv) try {
  if (tell_version(argc, argv)) return 0;
  if (argc != 3) {
    dprintf(STDERR_FILENO, "launcher: started by jobctl, not by hand\n");
    return 2;
  }
  if (strcmp(argv[1], "wait") == 0) return wait_for_restart(unquote_path(argv[2]));
  if (strcmp(argv[1], "adopt") == 0) return adopt(unquote_path(argv[2]));
  if (strcmp(argv[1], "scope") == 0 && !wait_for_scope()) return 1;
  return run(unquote_path(argv[2]));
} catch (const std::exception& error) {
  dprintf(STDERR_FILENO, "jobctl launcher: %s\n", error.what());
  return 1;
}

}  // namespace

}  // namespace jobctl

int main(int argc, char** argv) {
  return jobctl::launcher_main(argc, argv);
}
