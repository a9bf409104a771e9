// What `jobctl doctor` finds, and how it is mended.
#pragma once

#include <functional>
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
};
RecordedJobs read_recorded_jobs(const Context& context);

// Each appends what it finds. Those that need the service manager come after check_manager(), which tells
// whether it answers.
void check_programs(Context& context, Findings& findings);
bool check_manager(Context& context, Findings& findings);
void check_configuration(Context& context, Findings& findings);
void check_directories(Context& context, Findings& findings);
void check_records(Context& context, const RecordedJobs& recorded, Findings& findings);
void check_host(Context& context, const RecordedJobs& recorded, Findings& findings);
void check_units(Context& context, const RecordedJobs& recorded, Findings& findings);
void check_leftovers(Context& context, const RecordedJobs& recorded, Findings& findings);

}  // namespace jobctl
