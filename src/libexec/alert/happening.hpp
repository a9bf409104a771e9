// What has happened to a job, as each target is told: words, variables, JSON.
#pragma once

#include <string>
#include <vector>

#include "job/alert.hpp"
#include "job/job.hpp"

namespace jobctl {

struct Happening {
  Job job;  // as it was at this run
  AlertEvent event = AlertEvent::end;
  std::string summary;           // one line: "nightly failed: python3 exited with status 3 after 00:12:31"
  std::vector<std::string> log;  // the last lines, valid UTF-8
};

// Of a run that the record has. Without log.
Happening happening_of(const Record& record, int run, AlertEvent event);

// The object that `jobctl list -o json` prints for the job, with event, summary and log at its end.
std::string to_json_text(const Happening& happening, Time now);

// JOBCTL_EVENT=failure and so on; empty values where there are none.
std::vector<std::string> to_variables(const Happening& happening, Time now);

}  // namespace jobctl
