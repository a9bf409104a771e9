#include "proc/boot_id.hpp"

#include <algorithm>

#include "util/error.hpp"
#include "util/fd.hpp"

namespace jobctl {

std::string boot_id(const std::string& file) {
  std::string id = read_file(file);
  std::erase(id, '-');
  std::erase(id, '\n');
  if (id.size() != 32 || id.find_first_not_of("0123456789abcdef") != std::string::npos)
    throw Error(Errc::failed, "could not read the boot ID: " + file + " holds none");
  return id;
}

}  // namespace jobctl
