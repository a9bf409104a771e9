// A job as it is shown: its definition, its runs folded from the record's events, and what systemd says right
// now.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "job/record.hpp"
#include "job/spec.hpp"
#include "job/usage.hpp"

namespace jobctl {

// Of a run that is lost only in that.
constexpr const char* reason_of_unknown_exit = "exit unknown";

enum class State { queued, starting, running, unhealthy, paused, stopping, done, failed, killed, lost };

const char* to_string(State state);
std::optional<State> parse_state(const std::string& text);
bool is_active(State state);  // queued … stopping

// A process that somebody else had started.
struct AdoptedProcess {
  pid_t pid = 0;
  uint64_t start_ticks = 0;  // since boot, proc_pid_stat(5)
  bool is_orphan = false;    // one of several without a main process: the job ends with the last of them
};

// "4711 123456", "4711 123456 orphan"; and back.
std::string adopted_text(const AdoptedProcess& process);
std::optional<AdoptedProcess> parse_adopted(const std::string& text);

// One execution of a job.
struct Run {
  int number = 1;
  State state = State::starting;  // as far as the record knows
  std::string reason;             // one or two words for a state cell: "SIGSEGV", "out of memory", "reboot"
  std::string detail;             // for a sentence: "no such file or directory (searched PATH)"
  ExitStatus exit;
  std::vector<ExitStatus> commands;  // those that ended, for several commands

  std::string invocation_id;  // systemd's INVOCATION_ID, 32 hex digits
  std::string boot_id;        // of the machine, 32 hex digits
  std::string machine_id;     // as of proc/machine.hpp; "" where nobody recorded it
  std::string host;           // its name, in the same way
  std::string cgroup;         // of the unit, below /sys/fs/cgroup
  pid_t pid = 0;              // the job's main process; 0 unknown
  int64_t log_offset = 0;     // where this run's output begins in the log

  std::vector<Port> ports;  // those of spec.ports, as they were given to it
  Gpus gpus;                // those of spec.gpus, in the same way

  std::optional<AdoptedProcess> adopted;

  Time requested_at;
  std::optional<Time> started_at;
  std::optional<Time> ended_at;

  int restarts = 0;      // by systemd, since the last start by hand
  bool goes_on = false;  // it has ended, and systemd will start the next one

  std::string ended_by;   // "alice"; "" when the job ended by itself
  std::string ended_how;  // "jobctl kill", "systemctl stop", "shutdown"

  std::optional<uint64_t> cpu_us;
  std::optional<uint64_t> memory_peak;  // bytes
};

struct Job {
  JobSpec spec;                   // without environment and limits when it comes from the registry's index
  int run = 1;                    // number of the current run
  Run current;                    // the current run
  bool paused = false;            // as far as the record knows
  bool unhealthy = false;         // as the last checks found
  std::set<uint16_t> listening;   // ports on which the job listens, where somebody looked
  std::optional<Time> next;       // when a queued job runs, where somebody looked
  std::optional<Usage> usage;     // of an active one, where somebody looked
  bool is_elsewhere = false;      // active on another machine, where somebody looked
  int64_t record_size = 0;        // bytes of the record that this was folded from
  State state = State::starting;  // current.state, corrected by what systemd says

  // started until ended or `now`.
  std::optional<Duration> runtime(Time now) const;
};

// The job as it was at one of its runs, ended or not.
Job at_run(Job job, const Run& run);

// Folds a record into its job (current run) and into all its runs. A job whose last run goes on is starting,
// one whose schedule goes on is queued: its current run is the one to come.
Job to_job(const Record& record);
std::vector<Run> to_runs(const Record& record);

// Of a job whose program runs: running, unhealthy or paused.
State running_state(const Job& job);

// The first of the runs that go on from one to the next without anybody's asking.
inline int first_of_series(const Run& run) {
  return run.number - run.restarts;
}

// "failed (3)", "failed (SIGSEGV)", "lost (reboot)": the one cell that says it all.
std::string state_cell(State state, const Run& run);

// "python3 exited with status 3", "killed by alice (jobctl kill)": how a run ended, in words.
std::string ending_in_words(const Job& job, const Run& run);

// The same as one line with the job's name and how long the run took: "nightly failed: python3 exited with
// status 3 after 00:12:31".
std::string ending_in_words(const Job& job);

// The exit status that wait, attach and start pass on: 0 for done, else the program's own, or 128+N for
// signal N; 1 where unknown, and instead of 0 where the run failed or was killed all the same.
int passthrough_status(const Run& run);

std::string signal_name(int number);                       // "SIGTERM", "SIGRTMIN+1"
std::optional<int> parse_signal(const std::string& text);  // "TERM", "SIGTERM", "15", "RTMIN+1"

}  // namespace jobctl
