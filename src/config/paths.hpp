// Where jobctl keeps its things: file-hierarchy(7), XDG Base Directory Specification.
#pragma once

#include <string>
#include <vector>

namespace jobctl {

struct Paths {
  std::string state_dir;    // records and the registry's index
  std::string logs;         // the logs of all types
  std::string runtime_dir;  // start FIFOs, terminals' sockets; "" where the user has no runtime directory
};

// Throws Error where a user has no home directory.
Paths default_paths(bool system);

// Where people configure jobctl: /etc/jobctl, ~/.config/jobctl (XDG); what the later one says wins.
std::vector<std::string> config_folders();

// The configuration files there may be.
std::vector<std::string> config_files();

// $HOME, else what the user database says.
std::string home_directory();

}  // namespace jobctl
