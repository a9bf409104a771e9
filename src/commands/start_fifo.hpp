// How a start learns that the program really runs: a FIFO (fifo(7)) that the launcher opens close-on-exec. It
// writes the process ID; the end of file is the successful exec, "failed" the other way out. The lock on it
// tells others that this start is still under way; both vanish with the process that holds them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "job/spec.hpp"
#include "util/fd.hpp"

namespace jobctl {

// Who asks for a run, and how (job/event.hpp).
struct StartRequest {
  std::string by;
  std::string how;
};

class StartFifo {
 public:
  // Throws Error{refused} when somebody else is starting this job.
  explicit StartFifo(const JobSpec& spec);
  ~StartFifo();
  StartFifo(const StartFifo&) = delete;
  StartFifo& operator=(const StartFifo&) = delete;

  // Whether somebody is starting it.
  static bool is_held(const JobSpec& spec);

  // For a job file's unit, whose run is announced by what systemd starts: a file beside the FIFO, which is
  // nobody's when the FIFO isn't held. Throws Error.
  void leave_request(const StartRequest& request);
  static std::optional<StartRequest> request(const JobSpec& spec);

  // The paths of what starts left that were killed; and removing it.
  static std::vector<std::string> abandoned(const std::string& runtime_dir);
  static void remove_abandoned(const std::string& runtime_dir);

  enum class Answer { none, running, failed };

  // Reads what there is; never waits. For poll(2): fd().
  Answer read();
  // Leaves out what was said so far: by the launcher of an earlier run.
  void begin_anew();
  bool is_silent() const { return text_.empty(); }
  // The launcher has had it open and is gone: poll(2) then returns at once, for ever.
  bool is_abandoned() const;
  int fd() const { return fd_.get(); }

 private:
  std::string path_, asked_path_;
  Fd fd_;
  std::string text_;
  bool has_request_ = false;
};

}  // namespace jobctl
