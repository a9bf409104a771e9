// Jobs for the tests of this folder.
#pragma once

#include <string>

#include "job/job.hpp"

namespace jobctl::test {

inline const Time start = from_micros(1'700'000'000'000'000);  // 2023-11-14T22:13:20Z

// A training that has been running since `start`.
inline Job running_job(const std::string& uuid = "82d00a5b-5ed5-4cfd-9a75-a87e4f420b27",
                       const std::string& name = "nightly") {
  Job job;
  job.spec.uuid = uuid;
  job.spec.type = "training";
  job.spec.name = name;
  job.spec.user = "alice";
  job.spec.host = "build1";
  job.spec.created_at = start - std::chrono::seconds(1);
  job.spec.commands = {{"python3", "train.py", "--epochs", "90"}};
  job.spec.working_directory = "/home/alice/ocr";
  job.spec.log_file = "/home/alice/.local/state/jobctl/logs/training/training-" + uuid + ".log";
  job.spec.unit = "jobctl-training-" + uuid + ".service";
  job.state = job.current.state = State::running;
  job.current.pid = 39832;
  job.current.started_at = start;
  return job;
}

inline Job ended_job(State state, const std::string& uuid, const std::string& name, Duration runtime) {
  Job job = running_job(uuid, name);
  job.state = job.current.state = state;
  job.current.ended_at = start + runtime;
  return job;
}

}  // namespace jobctl::test
