#include "job/job.hpp"
#include "util/display.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

// Of several commands the first failure decides how the job ended, else the last one.
size_t deciding_command(const JobSpec& spec, const std::vector<ExitStatus>& commands) {
  size_t index = 0;
  while (index + 1 < commands.size() && succeeded(spec.success, commands[index])) ++index;
  return index;
}

std::string program(const Job& job, const Run& run) {
  // The registry's rows don't know how each command ended.
  if (run.commands.empty() && job.spec.commands.size() > 1 && run.ended_at && run.exit.code != 0)
    return "a command";
  const size_t index = deciding_command(job.spec, run.commands);
  if (index >= job.spec.commands.size() || job.spec.commands[index].empty()) return "the program";
  const std::string& path = job.spec.commands[index].front();
  return cut_to_width(visible(path.substr(path.rfind('/') + 1)), 60);
}

std::string exit_in_words(const Job& job, const Run& run) {
  if (run.exit.code) return program(job, run) + " exited with status " + std::to_string(*run.exit.code);
  if (!run.exit.signal) return "exit status unknown";
  std::string words =
      "killed by signal " + std::to_string(*run.exit.signal) + " (" + signal_name(*run.exit.signal) + ")";
  if (run.exit.core_dumped) words += ", core dumped (coredumpctl info " + std::to_string(run.pid) + ")";
  return words;
}

std::string killed_in_words(const Job& job, const Run& run) {
  std::string words = "killed";
  if (!run.ended_by.empty()) words += " by " + run.ended_by;
  if (!run.ended_how.empty())
    words += (run.ended_by.empty() ? " by " : " (") + run.ended_how + (run.ended_by.empty() ? "" : ")");
  if (run.exit.code) words += ", " + exit_in_words(job, run);
  return words;
}

std::string failure_in_words(const Job& job, const Run& run) {
  if (run.reason == "could not start")
    return "failed: could not start " + program(job, run) + ": " + run.detail;
  if (run.reason == "start interrupted") return "failed: its start was interrupted before the program ran";
  if (run.reason == "out of memory")
    return "failed: out of memory, the kernel killed a process of it (" + exit_in_words(job, run) + ")";
  if (run.reason == "not ready" && run.detail == ended_unready)
    return "failed: it ended before it was ready (" + exit_in_words(job, run) + ")";
  if (run.reason == "not ready")
    return "failed: it was not ready in time" + (run.detail.empty() ? "" : ": " + run.detail);
  if (run.reason == "unhealthy") return "failed: it was unhealthy: " + run.detail;
  if (run.reason == "timeout") return "failed: exceeded its time limit (" + exit_in_words(job, run) + ")";
  return "failed: " + exit_in_words(job, run);
}

std::string failed_in_words(const Job& job, const Run& run) {
  std::string words = failure_in_words(job, run);
  // Of runs in the middle their number tells.
  if (run.restarts > 0 && run.number == job.run && !is_active(job.state))
    words +=
        " (given up after " + std::to_string(run.restarts) + (run.restarts == 1 ? " restart)" : " restarts)");
  return words;
}

std::string lost_in_words(const Job& job, const Run& run) {
  if (run.reason == reason_of_unknown_exit) return "ended; its exit status was told to its parent only";
  const char* const then = run.started_at ? " while it ran" : " before it ran";
  std::string words = "lost: ";
  if (run.reason == "reboot")
    words += std::string("the machine was rebooted") + then;
  else if (run.reason == "manager")
    words += std::string("its service manager was killed") + then;
  else
    words += run.started_at ? "its unit is gone and nobody recorded how it ended" : "its timer is gone";
  return words + " (restart it: jobctl restart " + job.spec.uuid.substr(0, 8) + ")";
}

}  // namespace

std::string ending_in_words(const Job& job, const Run& run) {
  switch (run.state) {
    case State::done:
      return "done: " + exit_in_words(job, run);
    case State::failed:
      return failed_in_words(job, run);
    case State::killed:
      return killed_in_words(job, run);
    case State::lost:
      return lost_in_words(job, run);
    default:
      return to_string(run.state);
  }
}

std::string ending_in_words(const Job& job) {
  std::string words = visible(job.spec.name) + " " + ending_in_words(job, job.current);
  if (const auto runtime = job.runtime(now())) words += " after " + to_hms(*runtime);
  return words;
}

}  // namespace jobctl
