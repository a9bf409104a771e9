#include "commands/finding.hpp"

#include "util/text.hpp"

namespace jobctl {

std::string shell_command(const char* command, const std::string& path) {
  return std::string(command) + " " + shell_quote({path});
}

std::string set_aside(const std::string& path) {
  return "mv " + shell_quote({path, path + ".aside"});
}

}  // namespace jobctl
