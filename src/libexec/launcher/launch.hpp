// One run of a job as the launcher sees it: its record, and whom to tell how the start went.
#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

#include "job/job.hpp"
#include "registry/record_file.hpp"
#include "terminal/protocol.hpp"
#include "util/fd.hpp"

namespace jobctl {

// A step of the start that failed. Caught in main.cpp, recorded and told to whoever waits for the start.
struct StartFailure {
  const char* step;  // the word that messages use: "directory", "log file", "exec"
  int error;         // errno
  std::string file;
  int status;        // the exit status, systemd.exec(5), "Process exit codes"
  std::string text;  // the whole reason, where an errno doesn't tell it
};

// Somebody has taken back what this run was asked for. Caught in main.cpp.
struct TakenBack {};

class Launch {
 public:
  // Throws Error for a record that can't be read, and for a start that was given up as interrupted.
  explicit Launch(const std::string& record_path);

  const JobSpec& spec() const { return record_.spec; }
  int run() const { return run_; }
  // This run as far as its environment tells of it: its number, ports and GPUs.
  Run given() const;
  // The process that this run is about, where it is announced as an adoption.
  std::optional<AdoptedProcess> adopted() const;
  // Of whoever started the job; 24 x 80 where that was no terminal.
  WindowSize terminal_size() const;
  // Whether systemd, which counts anew after a daemon-reload, has begun more runs than the policy wants.
  bool is_beyond_limit() const;
  const std::string& record_path() const { return file_.path(); }
  const std::string& cgroup() const { return cgroup_; }

  // Reads where systemd has put this process (cgroups(7)).
  void find_cgroup();
  // And makes the payload's cgroup below it. Throws StartFailure.
  void make_payload();
  // Until systemd has come to the probe (ExecStartPost=), which it leaves out for a program that has ended
  // before.
  void wait_for_probe() const;
  // Moves the calling process into the payload. Async-signal-safe; false with errno set.
  bool enter_payload() const;

  // Throws TakenBack. Appends the `started` event. The process ID is the job's main process.
  void record_started(pid_t pid, int64_t log_offset);
  // The same of a process that runs since `time`, also where the run was taken for interrupted meanwhile.
  void record_adopted(pid_t pid, Time time);
  void append(const Event& event) const;

  // The start FIFO: the process ID, then its end of file when the program runs, or the reason why it doesn't.
  void tell_started(pid_t pid) const;
  void tell_running() { fifo_.reset(); }
  void fail(const StartFailure& failure);

 private:
  Event started_event(pid_t pid, int64_t log_offset) const;

  RecordFile file_;
  Record record_;
  int run_;
  Fd fifo_;
  std::string cgroup_;
  Fd payload_procs_;
};

}  // namespace jobctl
