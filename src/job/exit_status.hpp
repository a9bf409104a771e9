// How a process ended, and which ends are a success: SuccessExitStatus= of systemd.service(5).
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace jobctl {

// How one command of a run ended, as wait(2) tells it.
struct ExitStatus {
  std::optional<int> code;    // exited
  std::optional<int> signal;  // killed by
  bool core_dumped = false;
};

struct ExitStatuses {
  std::vector<int> codes;    // 0…255
  std::vector<int> signals;  // numbers

  bool empty() const { return codes.empty() && signals.empty(); }
  bool contains(const ExitStatus& status) const;
  bool operator==(const ExitStatuses&) const = default;
};

// 0, or one of those that are a success as well.
bool succeeded(const ExitStatuses& success, const ExitStatus& status);

// "3 75 SIGHUP", also with commas. Throws Error{usage} that begins with `what`.
ExitStatuses parse_exit_statuses(const std::string& text, const std::string& what);

// The same back, as unit files have it.
std::string exit_statuses_text(const ExitStatuses& statuses);

}  // namespace jobctl
