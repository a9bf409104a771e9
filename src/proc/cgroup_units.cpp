#include <memory>

#include <dirent.h>

#include "proc/cgroup.hpp"

namespace jobctl {

std::optional<std::vector<std::string>> units_in_slice(const std::string& cgroup, const std::string& root) {
  std::vector<std::string> units;
  std::vector<std::string> left = {root + cgroup};
  for (bool first = true; !left.empty(); first = false) {
    const std::string directory = std::move(left.back());
    left.pop_back();
    const std::unique_ptr<DIR, int (*)(DIR*)> handle(opendir(directory.c_str()), closedir);
    if (!handle && first) return std::nullopt;
    while (const dirent* entry = handle ? readdir(handle.get()) : nullptr) {
      if (entry->d_type != DT_DIR) continue;
      std::string name = entry->d_name;
      if (name.ends_with(".slice"))
        left.push_back(directory + "/" + name);
      else if (name.ends_with(".service") || name.ends_with(".scope"))
        units.push_back(std::move(name));
    }
  }
  return units;
}

}  // namespace jobctl
