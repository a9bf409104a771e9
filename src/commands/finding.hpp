// What `jobctl doctor` finds, and how it is mended.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "commands/context.hpp"
#include "registry/record_file.hpp"

namespace jobctl {

struct Finding {
  std::string check;        // one word for what was looked at: "linger", "records"
  std::string what;         // what is wrong with it
  std::string hint = {};    // the command that mends it, for a shell as it is; "" where none does
  std::string advice = {};  // what a person should know, or do where no command does it
  // Safe to do without asking; none where a person has to decide. Throws Error.
  std::function<void()> mend = {};
  std::vector<std::string> paths = {};  // the files that are meant, where there may be many
  bool is_note = false;                 // worth knowing, and no problem
};

using Findings = std::vector<Finding>;

// Hints: a command with a path, and what makes way for something that is in it.
std::string shell_command(const char* command, const std::string& path);
std::string set_aside(const std::string& path);

// Whether its owner may not read or write it, which is told with its mode; what is in it is not looked at.
bool is_forbidden(const std::string& path);

// What the records say, read once for all checks.
struct RecordedJobs {
  std::vector<Job> jobs;                                  // those whose record can be read
  std::vector<std::pair<std::string, Error>> unreadable;  // UUID, why
  std::vector<std::string> uuids;                         // of all
  std::map<std::string, std::string> of_job_files;        // UUID and name; these may never have run
  size_t active = 0;                                      // here, and not on another machine
  bool is_complete = true;                                // false where the folder can't be read
};
RecordedJobs read_recorded_jobs(const Context& context);

// What systemd has loaded for jobs, by their UUIDs. Units of job files are loaded also while they are
// inactive: these are left out.
struct UnitsOfJobs {
  std::map<std::string, UnitState> own;        // the one that carries the run
  std::map<std::string, UnitState> schedules;  // the timer of the next run, or what that has just started
  std::vector<std::string> beside;             // services of schedules, health checks and alerts
  std::vector<std::string> failed;             // any of all these
};
UnitsOfJobs units_of_jobs(Context& context);

// The words of a setting in a unit's file, ExecStart= or the like, as systemd would have to be asked for
// each.
Argv command_in_unit(const Context& context, const std::string& unit, const std::string& setting);
bool lacks_program(const Context& context, const std::string& unit);
void check_programs_of_units(const Context& context, const RecordedJobs& recorded, const UnitsOfJobs& units,
                             Findings& findings);

// Each appends what it finds. Those that need the service manager come after check_manager(), which tells
// whether it answers.
void check_programs(Context& context, Findings& findings);
bool check_manager(Context& context, Findings& findings);
void check_configuration(Context& context, Findings& findings);
void check_directories(Context& context, Findings& findings);
void check_directory(const std::string& path, Findings& findings);
void check_records(Context& context, Findings& findings, const RecordedJobs& recorded);
void check_host(Context& context, Findings& findings, const RecordedJobs& recorded);
void check_units(Context& context, Findings& findings, const RecordedJobs& recorded,
                 const UnitsOfJobs& units);
void check_history(Context& context, Findings& findings);
void check_lost_records(Context& context, Findings& findings, const RecordedJobs& recorded,
                        const UnitsOfJobs& units);
void check_leftovers(Context& context, Findings& findings, const RecordedJobs& recorded,
                     const UnitsOfJobs& units);

}  // namespace jobctl
