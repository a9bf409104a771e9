#include "bus/login.hpp"

#include <cstring>

#include <unistd.h>

#include "bus/sd.hpp"
#include "util/error.hpp"

namespace jobctl {

bool is_lingering(const std::string& user) {
  // As sd_login's own check for a running logind.
  if (access("/run/systemd/seats", F_OK) != 0) return true;
  return access(("/var/lib/systemd/linger/" + user).c_str(), F_OK) == 0;
}

std::string enable_linger(uid_t uid) {
  sd_bus* raw = nullptr;
  int result = sd_bus_open_system(&raw);
  const BusPtr bus(raw);
  if (result < 0) return "the system bus can't be reached: " + errno_text(-result);
  BusError error;
  result = sd_bus_call_method(bus.get(), "org.freedesktop.login1", "/org/freedesktop/login1",
                              "org.freedesktop.login1.Manager", "SetUserLinger", &error.error, nullptr, "ubb",
                              static_cast<uint32_t>(uid), 1, 1);
  if (result >= 0) return {};
  return error.error.message ? error.error.message : errno_text(-result);
}

}  // namespace jobctl
