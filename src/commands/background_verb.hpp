// Another verb of jobctl, in a process of its own: it may take as long as a job takes to stop, and goes on
// whatever becomes of us.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "util/fd.hpp"

namespace jobctl {

class BackgroundVerb {
 public:
  // `arguments`: those of a command line, without "jobctl". Throws Error.
  explicit BackgroundVerb(const std::vector<std::string>& arguments);

  // When it has ended: the line that says what was done, or of a failure the one that says why. Its end is
  // told by SIGCHLD.
  std::optional<std::string> take_result();

 private:
  std::string output() const;

  Fd output_;
  pid_t pid_ = 0;
};

}  // namespace jobctl
