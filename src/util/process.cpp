#include "util/process.hpp"

#include <climits>
#include <cstdlib>

#include <unistd.h>

namespace jobctl {

std::string environment(const char* name) {
  const char* value = getenv(name);
  return value ? value : "";
}

std::string own_folder() {
  char path[PATH_MAX];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  const std::string self(path, length > 0 ? static_cast<size_t>(length) : 0);
  return self.substr(0, self.empty() ? 0 : self.rfind('/'));
}

}  // namespace jobctl
