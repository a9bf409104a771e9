// A job as a unit file that runs it without jobctl: systemd.service(5). What only jobctl can do is named in
// comments.
#pragma once

#include <string>
#include <vector>

#include "job/spec.hpp"

namespace jobctl {

struct PlainUnit {
  std::string program;             // of the first command, absolute; "" where it wasn't found
  int systemd = 0;                 // the version that will read it
  std::vector<std::string> notes;  // further comments, one line each
};

// spec.environment is what the unit is to set. Throws Error{failed} for a job that no unit file can hold: its
// lines are limited.
std::string plain_unit_text(const JobSpec& spec, const PlainUnit& options);

}  // namespace jobctl
