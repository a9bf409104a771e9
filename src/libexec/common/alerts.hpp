// Telling those whom a job alerts: a unit for each target, started by whoever saw what happened (finish hook,
// probe), so that one that hangs or fails holds up nobody else.
#pragma once

#include <string>
#include <vector>

#include "job/alert.hpp"
#include "registry/record_file.hpp"

namespace jobctl {

// Starts the units for what happened to a run, each at most once. Waits only until systemd has taken the
// requests, and not for long. What fails is recorded, not thrown.
void raise_alerts(const RecordFile& file, const JobSpec& spec, int run,
                  const std::vector<AlertEvent>& events);

// The same for the end of the run with this number, if it is one for good.
void alert_of_end(const RecordFile& file, int number);

// Whether somebody was told.
struct Outcome {
  bool ok = true;
  std::string text = {};  // why not
};

// Into the record and, of a failure, into the journal.
void note_outcome(const RecordFile& file, const JobSpec& spec, int run, AlertEvent event, size_t index,
                  const Outcome& outcome);

}  // namespace jobctl
