// A job file: one job that belongs to the machine or to its user, as TOML. It says what the job is, a
// template with parameters or a whole definition, and when it runs: [install], [schedule]. NAME.toml.d/*.toml
// beside it change single keys.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "job/definition.hpp"
#include "job/file_schedule.hpp"

namespace jobctl {

enum class StartAt { boot, login, demand };

const char* to_string(StartAt at);

struct JobFile {
  std::string name;  // of the file, without .toml
  std::string file;
  std::string description;
  std::string job_template;  // "" where it has a definition of its own
  Definition definition;
  std::optional<StartAt> at;  // what [install] says
  FileSchedule schedule;
};

// ~/.config/jobctl/jobs (XDG), /etc/jobctl/jobs.
std::string job_folder(bool system);

// Where jobctl job enable and disable note their word.
std::string switch_file(const std::string& job_file);

// Throws Error{usage} that names file, line and column, for anything that can't be meant; for templates as
// well.
JobFile read_job_file(const std::string& file, const std::string& home);

}  // namespace jobctl
