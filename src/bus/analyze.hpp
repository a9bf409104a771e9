// systemd-analyze(1): what systemd would say to something before it is given to it.
#pragma once

#include <string>
#include <vector>

namespace jobctl {

struct Analysis {
  bool good = false;   // its exit status was 0
  std::string output;  // stdout and stderr, in English
};
Analysis analyze(const std::vector<std::string>& arguments);

// Throws Error{usage} for what is no calendar event, systemd.time(7), or one that never comes again.
void check_calendar(const std::string& spec);

}  // namespace jobctl
