// The text of a job's record: its definition, then its events. The record is the truth about a job that
// systemd doesn't keep; the registry's database is an index over the records and can be rebuilt from them.
//
// Every item ends with NUL, so argv and environment are kept byte for byte (as in /proc/PID/environ,
// proc(5)):
//   jobctl-record=1  uuid=…  type=…  …  arg=…  env=K=V  …  defined=1  event=started run=1 …  event=ended
//   run=1 …
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "job/event.hpp"
#include "job/spec.hpp"

namespace jobctl {

// The format's number; a change that an older jobctl would misread raises it.
inline constexpr int record_version = 1;

struct Record {
  JobSpec spec;  // as it holds now
  std::vector<Event> events;
  std::map<int, JobSpec> earlier = {};  // of a job file that has changed since, by the first run of the next
};

// What held when a run was asked for.
const JobSpec& spec_of_run(const Record& record, int run);

// Throws Error{usage} for a text with a NUL byte.
std::string serialize(const JobSpec& spec);
std::string serialize(const Event& event);

// What an appender writes first where the record doesn't end with NUL: whoever wrote the last event was cut
// short (killed, disk full), and this makes sure that its first half is never taken for an event ("status=13"
// of 137).
inline constexpr std::string_view torn_event_end("\n\0", 2);

// Throws Error for a record of a newer version or without a whole definition. A cut last event is left out,
// and so are keys that a newer jobctl added.
Record parse_record(std::string_view data);

}  // namespace jobctl
