#include "ready.hpp"

#include <algorithm>
#include <cstdlib>

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

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

// The unit's, of which systemd tells ExecStartPost= the PID: the program, or the holder.
class MainProcess {
 public:
  MainProcess()
      : handle_(static_cast<int>(syscall(SYS_pidfd_open, std::atoi(environment("MAINPID").c_str()), 0))) {}

  // Within the time; at once where it is gone already.
  bool has_ended(Duration patience) const {
    pollfd ended{handle_.get(), POLLIN, 0};
    return !handle_ || poll(&ended, 1, static_cast<int>(patience.count() / 1000)) > 0;
  }

 private:
  const Fd handle_;
};

class ReadinessWatch {
 public:
  ReadinessWatch(const RecordFile& file, const JobSpec& spec, const Run& run)
      : file_(file), spec_(spec), run_(run) {}

  bool wait() {
    Question question(spec_, run_, *spec_.ready.probe);
    const Duration deadline = monotonic() + spec_.ready.patience();
    Answer answer{false, "not asked yet"};
    for (Duration pause = first_pause;; pause = std::min(pause * 2, last_pause)) {
      // Between two commands there is no process of the job, but its holder.
      const bool has_ended = main_.has_ended(Duration::zero());
      const Duration left = deadline - monotonic();
      if (!has_ended && left <= Duration::zero()) return give_up(answer.text, false);
      // What it did before its end counts.
      answer = question.ask(std::clamp(left, Duration(std::chrono::milliseconds(1)), longest_try));
      if (answer.good) return file_.append(Event("ready", run_.number));
      if (has_ended) return give_up(ended_unready, true);
      main_.has_ended(std::min(pause, std::max(left, Duration::zero())));
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
  const MainProcess main_;
};

}  // namespace

std::optional<Run> wait_for_program(const RecordFile& file) {
  constexpr Duration look_again = std::chrono::milliseconds(5);
  const std::string invocation = environment("INVOCATION_ID");
  const MainProcess main;
  for (bool has_ended = false;; has_ended = main.has_ended(look_again)) {
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
