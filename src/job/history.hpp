// The audit trail: what was done to jobs, by whom and when. Folded from their records; of what no record
// tells, or tells no longer, the state directory's file `history` keeps it (registry/history_file.hpp).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "job/job.hpp"

namespace jobctl {

// clang-format off
// What happened, in `event`:
//   schedule, start, restart, adopt, define   a run is asked for or began, or the job's file says something else
//   kill, signal, pause, resume               somebody asked for it
//   unhealthy, healthy                        the checks found it
//   end                                       a run ended
//   flush                                     the job's record was deleted
//   cleanup                                   a process that was no job's was ended
// clang-format on
struct HistoryEntry {
  Time time;
  std::string event;
  std::string uuid, name, type, session;  // of the job; "" where there is none
  std::string user;                       // whose it is
  std::map<std::string, std::string> labels;
  int run = 0;       // 0: of none
  pid_t pid = 0;     // 0: unknown
  std::string by;    // who did it: a user, or "systemd"; "" where the job did
  std::string text;  // further words: "failed: python3 exited with status 3"

  bool operator==(const HistoryEntry&) const = default;
};

// An entry about a job, of now.
HistoryEntry history_entry(const JobSpec& spec, const std::string& event, int run);

// All that the record tells, oldest first.
std::vector<HistoryEntry> history_of(const Record& record);

// One line without its terminator, as events are written; and back, nullopt for anything else.
std::string to_line(const HistoryEntry& entry);
std::optional<HistoryEntry> parse_history_entry(std::string_view line);

// The time alone, which is much less work; nullopt where the line has none.
std::optional<Time> time_of_history_entry(std::string_view line);

}  // namespace jobctl
