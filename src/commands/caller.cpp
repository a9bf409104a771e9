#include "commands/caller.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/error.hpp"
#include "util/fd.hpp"
#include "util/process.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

bool belongs_to_the_caller(const std::string& name, bool with_terminal) {
  static constexpr std::array names = {"INVOCATION_ID",
                                       "JOURNAL_STREAM",
                                       "NOTIFY_SOCKET",
                                       "MAINPID",
                                       "MANAGERPID",
                                       "MANAGERPIDFDID",
                                       "SYSTEMD_EXEC_PID",
                                       "_",
                                       "MEMORY_PRESSURE_WATCH",
                                       "MEMORY_PRESSURE_WRITE",
                                       "COLUMNS",
                                       "LINES",
                                       "JOBCTL_UUID",
                                       "JOBCTL_NAME",
                                       "JOBCTL_TYPE",
                                       "JOBCTL_SESSION",
                                       "JOBCTL_LOG_FILE",
                                       "JOBCTL_RUN"};
  static constexpr std::array prefixes = {"LISTEN_",  "XDG_SESSION_", "XDG_SEAT",
                                          "XDG_VTNR", "SSH_",         "WATCHDOG_"};
  if (name == "TERM") return !with_terminal;
  return std::find(names.begin(), names.end(), name) != names.end() ||
         std::any_of(prefixes.begin(), prefixes.end(), [&](const char* p) { return name.starts_with(p); });
}

std::string without_quotes(const std::string& value) {
  const bool quoted =
      value.size() > 1 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front();
  return quoted ? value.substr(1, value.size() - 2) : value;
}

}  // namespace

std::vector<std::string> caller_environment(bool with_terminal) {
  std::vector<std::string> environment;
  for (char** variable = environ; *variable; ++variable) environment.emplace_back(*variable);
  return without_login(std::move(environment), with_terminal);
}

std::vector<std::string> without_login(std::vector<std::string> environment, bool with_terminal) {
  std::erase_if(environment, [&](const std::string& assignment) {
    const size_t equals = assignment.find('=');
    return equals == std::string::npos || belongs_to_the_caller(assignment.substr(0, equals), with_terminal);
  });
  return environment;
}

std::vector<ResourceLimit> caller_limits() {
  std::vector<ResourceLimit> limits;
  for (int resource = 0; resource < static_cast<int>(RLIM_NLIMITS); ++resource) {
    rlimit limit{};
    if (getrlimit(static_cast<__rlimit_resource_t>(resource), &limit) == 0)
      limits.push_back({resource, limit.rlim_cur, limit.rlim_max});
  }
  return limits;
}

mode_t caller_umask() {
  const mode_t mask = umask(0);
  umask(mask);
  return mask;
}

std::string caller_directory() {
  char path[PATH_MAX];
  if (!getcwd(path, sizeof path)) throw_errno("the working directory can't be used", errno);
  return path;
}

std::string absolute_path(const std::string& path) {
  return path.starts_with('/') ? path : caller_directory() + "/" + path;
}

std::vector<std::string> read_environment_file(const std::string& path) {
  std::vector<std::string> environment;
  size_t number = 0;
  for (const std::string& line : split(read_file(path), '\n')) {
    ++number;
    const size_t begin = line.find_first_not_of(" \t\r");
    if (begin == std::string::npos || line[begin] == '#' || line[begin] == ';') continue;
    const size_t equals = line.find('=', begin);
    if (equals == std::string::npos || equals == begin)
      throw Error(Errc::usage, path + ":" + std::to_string(number) + ": not of the form NAME=VALUE");
    const std::string value = line.substr(equals + 1, line.find_last_not_of('\r') - equals);
    set_variable(environment, line.substr(begin, equals - begin + 1) + without_quotes(value));
  }
  return environment;
}

}  // namespace jobctl
