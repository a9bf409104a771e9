#include "proc/end_processes.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>

#include <poll.h>

#include "proc/pidfd.hpp"
#include "util/error.hpp"
#include "util/process.hpp"

namespace jobctl {

namespace {

// The kernel needs a moment even for SIGKILL; what waits for a broken disk may need for ever.
constexpr Duration patience_after_sigkill = std::chrono::seconds(5);

struct Target {
  EndedProcess result;
  Fd handle;
};

bool has_ended(const Fd& pidfd) {
  pollfd handle{pidfd.get(), POLLIN, 0};
  return poll(&handle, 1, 0) == 1;
}

class Ending {
 public:
  Ending(const std::vector<Process>& processes, const std::function<void(const EndedProcess&)>& report)
      : report_(report) {
    for (const Process& process : processes) add(process);
  }

  void signal_all(int signal) {
    std::erase_if(targets_, [&](Target& target) {
      target.result.needed_sigkill = signal == SIGKILL;
      if (send_signal(target.handle, signal) == 0) {
        if (signal != SIGKILL) send_signal(target.handle, SIGCONT);  // a stopped one would not hear of it
        return false;
      }
      const bool is_gone = errno == ESRCH;
      if (!is_gone) target.result.problem = errno_text(errno);
      tell(target, is_gone);
      return true;
    });
  }

  void wait(Duration patience) {
    const Duration limit = monotonic() + patience;
    for (Duration left = patience; !targets_.empty() && left > Duration::zero(); left = limit - monotonic()) {
      std::vector<pollfd> handles;
      for (const Target& target : targets_) handles.push_back({target.handle.get(), POLLIN, 0});
      poll(handles.data(), handles.size(),
           static_cast<int>(std::min<int64_t>(left.count() / 1000 + 1, 1 << 30)));
      size_t index = 0;
      std::erase_if(targets_, [&](Target& target) {
        if (handles[index++].revents == 0) return false;
        tell(target, true);
        return true;
      });
    }
  }

  void give_up() {
    for (Target& target : targets_) {
      target.result.problem = "it does not end after SIGKILL either: it waits in the kernel";
      tell(target, false);
    }
  }

 private:
  void add(const Process& process) {
    Target target{{process, false, false, {}, ""}, open_pidfd(process.pid)};
    if (!target.handle && errno != ESRCH) target.result.problem = errno_text(errno);
    if (!target.handle || has_ended(target.handle)) return tell(target, target.result.problem.empty());
    const auto present = read_process(process.pid);
    if (present && present->start_ticks == process.start_ticks) return targets_.push_back(std::move(target));
    // What can't be looked at is not known to be another one.
    if (!present && !has_ended(target.handle)) target.result.problem = "it can't be looked at in /proc";
    tell(target, target.result.problem.empty());
  }

  void tell(Target& target, bool is_gone) {
    target.result.is_gone = is_gone;
    target.result.took = monotonic() - began_;
    report_(target.result);
  }

  const std::function<void(const EndedProcess&)>& report_;
  const Duration began_ = monotonic();
  std::vector<Target> targets_;
};

}  // namespace

void end_processes(const std::vector<Process>& processes, bool force, Duration timeout,
                   const std::function<void(const EndedProcess&)>& report) {
  allow_many_files();  // one for each process
  Ending ending(processes, report);
  if (!force) {
    ending.signal_all(SIGTERM);
    ending.wait(timeout);
  }
  ending.signal_all(SIGKILL);
  ending.wait(patience_after_sigkill);
  ending.give_up();
}

}  // namespace jobctl
