// What `jobctl doctor` finds, and how it is mended.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "commands/context.hpp"
#include "registry/record_file.hpp"

namespace jobctl {

struct Finding {
  std::string check;  // one word for what was looked at: "linger", "records"
  std::string what;   // what is wrong with it
  std::string hint;   // the command that mends it, or advice
  std::function<void()> mend =
      {};  // safe to do without asking; none where a person has to decide. Throws Error.
  std::vector<std::string> paths = {};  // the files that are meant, where there may be many
  bool is_note = false;                 // worth knowing, and no problem
};

using Findings = std::vector<Finding>;

// What the records say, read once for all checks.
struct RecordedJobs {
  std::vector<Job> jobs;                                  // those whose record can be read
  std::vector<std::pair<std::string, Error>> unreadable;  // UUID, why
  std::vector<std::string> uuids;                         // of all
  size_t active = 0;
};
RecordedJobs read_recorded_jobs(const Context& context);

// What systemd has loaded for jobs, by their UUIDs: the unit, or the timer of one that is queued.
using UnitsOfJobs = std::map<std::string, UnitState>;
UnitsOfJobs units_of_jobs(Context& context);

// Each appends what it finds. Those that need the service manager come after check_manager(), which tells
// whether it answers.
void check_programs(Context& context, Findings& findings);
bool check_manager(Context& context, Findings& findings);
void check_configuration(Context& context, Findings& findings);
void check_directories(Context& context, Findings& findings);
void check_records(Context& context, const RecordedJobs& recorded, Findings& findings);
void check_host(Context& context, const RecordedJobs& recorded, Findings& findings);
void check_units(Context& context, const RecordedJobs& recorded, const UnitsOfJobs& units,
                 Findings& findings);
void check_leftovers(Context& context, const RecordedJobs& recorded, const UnitsOfJobs& units,
                     Findings& findings);

}  // namespace jobctl
