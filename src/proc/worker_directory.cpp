#include "proc/worker_directory.hpp"

#include <algorithm>
#include <string_view>

#include <glob.h>

#include "job/program_pattern.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

// How far above the script that an absolute path means a run may have been started: its folder, and the
// project's. Everybody's files lie below a home directory.
constexpr size_t folders_of_absolute = 2;

std::string literal(const std::string& path) {
  std::string pattern;
  for (const char c : path) {
    if (std::string_view("*?[]\\").find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

bool is_there(const std::string& pattern) {
  glob_t found{};
  const bool any = glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found) == 0;
  globfree(&found);
  return any;
}

}  // namespace

bool is_place_of(const std::string& directory, const std::string& pattern) {
  const std::vector<std::string> parts = split(pattern, '/');
  if (directory.empty() || parts.size() < 2) return false;
  const size_t most = pattern.starts_with('/') ? folders_of_absolute : parts.size();
  for (size_t count = 1; count <= std::min(most, parts.size()); ++count) {
    const std::string end = join({parts.end() - static_cast<ptrdiff_t>(count), parts.end()}, "/");
    const RunningProgram meant{{directory + "/" + end}, "", ""};
    if (!end.starts_with('/') && runs(meant, pattern) && is_there(literal(directory) + "/" + end))
      return true;
  }
  return false;
}

}  // namespace jobctl
