#include "proc/machine.hpp"

#include <array>

#include <unistd.h>

#include "job/spec.hpp"
#include "proc/boot_id.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"

namespace jobctl {

// The ID itself is not for others to know.
std::string machine_id(const std::string& file) try {
  constexpr size_t digits = 32;
  const std::string text = read_file_if_exists(file);
  const bool is_set = text.find_first_not_of("0123456789abcdef") >= digits && text.size() >= digits;
  return is_set ? uuid_of("jobctl machine " + text.substr(0, digits)) : "";
} catch (const Error&) {
  return {};
}

const std::string& machine_id() {
  static const std::string id = machine_id("/etc/machine-id");
  return id;
}

std::string host_name() {
  std::array<char, 256> name{};
  gethostname(name.data(), name.size() - 1);
  return name.data();
}

bool is_on_another_machine(const Run& run) {
  return !run.machine_id.empty() && run.machine_id != machine_id() && run.host != host_name() &&
         run.boot_id != boot_id();
}

}  // namespace jobctl
