#include "commands/finding.hpp"

#include <cerrno>

#include <unistd.h>

#include "util/text.hpp"

namespace jobctl {

std::string shell_command(const char* command, const std::string& path) {
  return std::string(command) + " " + shell_quote({path});
}

std::string set_aside(const std::string& path) {
  return "mv " + shell_quote({path, path + ".aside"});
}

bool is_forbidden(const std::string& path) {
  return access(path.c_str(), R_OK | W_OK) != 0 && errno == EACCES;
}

}  // namespace jobctl
