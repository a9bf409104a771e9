// The probe: asks a job whether it does what it is there for. `probe ready RECORD` is the unit's
// ExecStartPost=: it returns 0 when the job is ready, and 1 when it isn't in time or has ended, upon which
// systemd stops the unit. It runs in UNIT/.control, outside the job's payload.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <optional>

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.hpp"
#include "job/job.hpp"
#include "libexec/common/job_process.hpp"
#include "log_match.hpp"
#include "proc/cgroup.hpp"
#include "registry/record_file.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"
#include "util/process.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

// A job that is nearly ready is asked often, one that loads for minutes is not disturbed.
constexpr Duration first_pause = std::chrono::milliseconds(20);
constexpr Duration last_pause = std::chrono::seconds(1);

// One try may not take all the time there is.
constexpr Duration longest_try = std::chrono::seconds(5);

// Whether a process has ended within the time.
bool poll_for(const Fd& process, int milliseconds) {
  pollfd ended{process.get(), POLLIN, 0};
  return poll(&ended, 1, milliseconds) > 0;
}

class Question {
 public:
  Question(const JobSpec& spec, const Run& run) : spec_(spec), run_(run), probe_(*spec.ready.probe) {
    if (probe_.kind == ProbeKind::log)
      log_ = spec.own_log.empty() ? std::make_unique<LogMatch>(spec.log_file, run.log_offset, probe_.target)
                                  : std::make_unique<LogMatch>(spec.own_log, 0, probe_.target);
  }

  Answer ask(Duration patience) try {
    switch (probe_.kind) {
      case ProbeKind::tcp:
        return check_tcp(port_of(probe_, run_.ports), patience);
      case ProbeKind::http:
        return check_http(url_of(probe_, run_.ports), probe_.status, patience);
      case ProbeKind::exec:
        return check_command(spec_, shell_split(probe_.target).value(),
                             job_environment(spec_, run_.number, run_.ports), patience);
      case ProbeKind::log:
        return log_->look();
      case ProbeKind::notify:
        break;
    }
    return {true, ""};
  } catch (const Error& error) {
    return {false, error.what()};  // such as a library that isn't installed
  }

 private:
  const JobSpec& spec_;
  const Run& run_;
  const Probe& probe_;
  std::unique_ptr<LogMatch> log_;
};

// systemd begins with ExecStartPost= when the launcher runs; the program runs when the launcher has said so.
std::optional<Run> wait_for_program(const RecordFile& file) {
  constexpr int look_again_ms = 5;
  const std::string invocation = environment("INVOCATION_ID");
  const Fd main(static_cast<int>(syscall(SYS_pidfd_open, std::atoi(environment("MAINPID").c_str()), 0)));
  for (bool has_ended = !main;; has_ended = poll_for(main, look_again_ms)) {
    const Record record = file.read();
    for (const Event& event : record.events)
      if (event.kind == "started" && event.text("invocation") == invocation)
        return to_runs(record).at(static_cast<size_t>(event.run - 1));
    if (has_ended) return std::nullopt;
  }
}

class ReadinessWatch {
 public:
  ReadinessWatch(const RecordFile& file, const JobSpec& spec, const Run& run)
      : file_(file), spec_(spec), run_(run), payload_(payload_of(run.cgroup)) {}

  int wait() {
    Question question(spec_, run_);
    const Duration deadline = monotonic() + spec_.ready.patience();
    Answer answer{false, "not asked yet"};
    for (Duration pause = first_pause;; pause = std::min(pause * 2, last_pause)) {
      const Duration left = deadline - monotonic();
      if (!payload_.populated()) return give_up("it ended before", true);
      if (left <= Duration::zero()) return give_up(answer.text, false);
      answer = question.ask(std::clamp(left, Duration(std::chrono::milliseconds(1)), longest_try));
      if (answer.good) return file_.append(Event("ready", run_.number)) ? 0 : 1;
      payload_.wait_until_empty(std::chrono::steady_clock::now() + std::min(pause, left));
    }
  }

 private:
  int give_up(const std::string& why, bool by_itself) {
    file_.append(Event("not-ready", run_.number, {{"text", why}, {"ended", by_itself ? "1" : "0"}}));
    return 1;
  }

  const RecordFile& file_;
  const JobSpec& spec_;
  const Run& run_;
  const Cgroup payload_;
};

int probe(const std::string& path) {
  const auto file = RecordFile::open_existing(path);
  if (!file) throw Error(Errc::failed, "there is no record " + path);
  const JobSpec spec = file->read().spec;
  const auto run = wait_for_program(*file);
  return run ? ReadinessWatch(*file, spec, *run).wait() : 1;
}

}  // namespace

}  // namespace jobctl

int main(int argc, char** argv) try {
  if (argc != 3 || strcmp(argv[1], "ready") != 0) {
    dprintf(STDERR_FILENO, "probe: started by systemd, not by hand\n");
    return 2;
  }
  return jobctl::probe(jobctl::unquote_path(argv[2]));
} catch (const std::exception& error) {
  dprintf(STDERR_FILENO, "jobctl probe: %s\n", error.what());
  return 1;
}
