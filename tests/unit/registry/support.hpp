// What the registry's tests share: a state directory of their own, and jobs to put into it.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>

#include <stdlib.h>

#include "job/job.hpp"
#include "registry/record_file.hpp"
#include "util/directories.hpp"

namespace jobctl {

inline const std::string this_boot = "00112233445566778899aabbccddeeff";

class StateDirectory {
 public:
  StateDirectory() {
    if (mkdtemp(path_.data()) == nullptr) throw std::runtime_error("mkdtemp " + path_);
  }
  StateDirectory(const StateDirectory&) = delete;
  StateDirectory& operator=(const StateDirectory&) = delete;
  ~StateDirectory() {
    std::error_code ignored;
    std::filesystem::permissions(path_, std::filesystem::perms::owner_all, ignored);
    std::filesystem::remove_all(path_, ignored);
  }

  const std::string& path() const { return path_; }
  std::string database() const { return path_ + "/jobs.db"; }

 private:
  std::string path_ = "/tmp/jobctl-registry-XXXXXX";
};

// "00000000-0000-4000-8000-000000000007" for 7.
inline std::string uuid_number(int number) {
  const std::string digits = std::to_string(number);
  return "00000000-0000-4000-8000-" + std::string(12 - digits.size(), '0') + digits;
}

inline JobSpec some_spec(int number) {
  JobSpec spec;
  spec.uuid = uuid_number(number);
  spec.type = "training";
  spec.name = "job " + std::to_string(number);
  spec.commands = {{"sleep", std::to_string(number)}};
  spec.created_at = from_micros(1700000000000000 + number);
  spec.unit = "jobctl-training-" + spec.uuid + ".service";
  return spec;
}

inline Event starting() {
  return {"starting", 1, {{"by", "alice"}}};
}

inline Job some_job(int number) {
  return to_job({some_spec(number), {starting()}});
}

// Record and job, as jobctl start leaves them.
inline RecordFile create_record(const StateDirectory& state, int number) {
  make_directories(jobs_dir(state.path()));
  return RecordFile::create(record_path(state.path(), uuid_number(number)), some_spec(number), starting());
}

}  // namespace jobctl
