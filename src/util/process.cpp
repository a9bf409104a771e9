#include "util/process.hpp"

#include <algorithm>
#include <climits>
#include <cstdlib>

#include <sys/resource.h>
#include <unistd.h>

namespace jobctl {

std::string environment(const char* name) {
  const char* value = getenv(name);
  return value ? value : "";
}

void set_variable(std::vector<std::string>& environment, const std::string& assignment) {
  const std::string key = assignment.substr(0, assignment.find('=') + 1);
  const auto present = std::find_if(environment.begin(), environment.end(),
                                    [&](const std::string& other) { return other.starts_with(key); });
  if (present != environment.end())
    *present = assignment;
  else
    environment.push_back(assignment);
}

std::string own_folder() {
  char path[PATH_MAX];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  const std::string self(path, length > 0 ? static_cast<size_t>(length) : 0);
  return self.substr(0, self.empty() ? 0 : self.rfind('/'));
}

void allow_many_files() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace jobctl
