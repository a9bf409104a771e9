// What a job inherits from the shell that starts it.
#pragma once

#include <string>
#include <vector>

#include "job/spec.hpp"

namespace jobctl {

// The environment, less what belongs to the caller's own login, terminal or unit.
std::vector<std::string> caller_environment(bool with_terminal);

// The same of another process' environment.
std::vector<std::string> without_login(std::vector<std::string> environment, bool with_terminal);

std::vector<ResourceLimit> caller_limits();
mode_t caller_umask();
std::string caller_directory();

// `path` made absolute by the caller's directory; not resolved otherwise.
std::string absolute_path(const std::string& path);

// environment(7) assignments of a file: K=V a line, # comments, as systemd.exec(5) EnvironmentFile= without
// its quoting rules being needed: single and double quotes around a value are taken off. Throws Error naming
// the line.
std::vector<std::string> read_environment_file(const std::string& path);

}  // namespace jobctl
