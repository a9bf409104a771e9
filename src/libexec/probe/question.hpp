// A probe as it is asked of one run of a job.
#pragma once

#include <memory>

#include "check.hpp"
#include "job/job.hpp"
#include "log_match.hpp"

namespace jobctl {

class Question {
 public:
  // All of them outlive the question.
  Question(const JobSpec& spec, const Run& run, const Probe& probe);

  Answer ask(Duration patience);

 private:
  Answer answer(Duration patience);

  const JobSpec& spec_;
  const Run& run_;
  const Probe& probe_;
  std::unique_ptr<LogMatch> log_;
};

}  // namespace jobctl
