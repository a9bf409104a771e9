// Job files as jobs: what they define, the units that the generator makes of them, and how one is started.
#pragma once

#include <string>
#include <vector>

#include "commands/context.hpp"
#include "commands/start_fifo.hpp"
#include "config/job_file.hpp"
#include "job/job.hpp"

namespace jobctl {

// All job files of this manager.
std::vector<std::string> job_files(const Context& context);

// By the name of a job file. Throws Error{usage} where there is none.
JobFile find_job_file(const Context& context, const std::string& name);
JobFile read_job_file(const std::string& file);

// The job's UUID: the same for a file's name and its owner, whatever it says.
std::string uuid_of_job_file(const Context& context, const std::string& name);

// What the generator needs of the job; `define_run` has all of it. Throws Error{usage}.
JobSpec define_unit(Context& context, const JobFile& job_file);
JobSpec define_run(Context& context, const JobFile& job_file);

struct UnitFile {
  std::string name;
  std::string text;
};
std::vector<UnitFile> unit_files(Context& context, const JobFile& job_file, const JobSpec& spec);

// Links that pull the units in, below the folder of the generated units: "default.target.wants/UNIT".
std::vector<std::string> wanted_links(const Context& context, const JobFile& job_file, const JobSpec& spec);

// ExecStartPre= of the job's unit: announces the run in its record, which is made where there is none.
int prepare_run(Context& context, const std::string& file);

// Has systemd start the job's unit, made anew where the file has changed, and returns when its program has
// been executed. Throws Error{refused} where it runs already.
Job start_job_file(Context& context, const JobFile& job_file);
Job start_job_file(Context& context, const JobFile& job_file, StartFifo& fifo, const StartRequest& request);

// Of a job file with a schedule: from now on it runs by it. The job says when next.
Job start_timer_of(Context& context, const JobFile& job_file);

// The same by its timer: while it runs, this time is left out.
int fire_job_file(Context& context, const std::string& file);

// Reads the unit files anew where they don't say what the job file says. Throws Error where jobctl's
// generator isn't there.
void renew_units(Context& context, const JobFile& job_file, const JobSpec& spec);

// The same in any case: what pulls them in may be what has changed.
void reload_units(Context& context, const JobFile& job_file, const JobSpec& spec);

}  // namespace jobctl
