// One try of a probe: whether the job answers, and what.
#pragma once

#include <string>
#include <vector>

#include "job/spec.hpp"

namespace jobctl {

struct Answer {
  bool good = false;
  std::string text;  // what was answered, or why nothing: "HTTP 503", "connection refused"
};

// A connection to a port of this machine, IPv4 or IPv6.
Answer check_tcp(uint16_t port, Duration patience);

// A GET without redirections or proxy. `status`: the one that is good, 0: any from 200 to 399.
Answer check_http(const std::string& url, int status, Duration patience);

// A command with the job's user, directory and environment; killed with all that it started when it takes too
// long.
Answer check_command(const JobSpec& spec, const Argv& command, const std::vector<std::string>& environment,
                     Duration patience);

}  // namespace jobctl
