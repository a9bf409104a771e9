#include "ready.hpp"

#include <algorithm>
#include <cstdlib>

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "proc/cgroup.hpp"
#include "question.hpp"
#include "util/fd.hpp"
#include "util/process.hpp"

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

class ReadinessWatch {
 public:
  ReadinessWatch(const RecordFile& file, const JobSpec& spec, const Run& run)
      : file_(file), spec_(spec), run_(run), payload_(payload_of(run.cgroup)) {}

  bool wait() {
    Question question(spec_, run_, *spec_.ready.probe);
    const Duration deadline = monotonic() + spec_.ready.patience();
    Answer answer{false, "not asked yet"};
    for (Duration pause = first_pause;; pause = std::min(pause * 2, last_pause)) {
      const Duration left = deadline - monotonic();
      if (!payload_.populated()) return give_up("it ended before", true);
      if (left <= Duration::zero()) return give_up(answer.text, false);
      answer = question.ask(std::clamp(left, Duration(std::chrono::milliseconds(1)), longest_try));
      if (answer.good) return file_.append(Event("ready", run_.number));
      payload_.wait_until_empty(std::chrono::steady_clock::now() + std::min(pause, left));
    }
  }

 private:
  bool give_up(const std::string& why, bool by_itself) {
    file_.append(Event("not-ready", run_.number, {{"text", why}, {"ended", by_itself ? "1" : "0"}}));
    return false;
  }

  const RecordFile& file_;
  const JobSpec& spec_;
  const Run& run_;
  const Cgroup payload_;
};

}  // namespace

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

bool wait_until_ready(const RecordFile& file, const JobSpec& spec, const Run& run) {
  return ReadinessWatch(file, spec, run).wait();
}

}  // namespace jobctl
