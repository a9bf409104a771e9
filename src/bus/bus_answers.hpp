// What BusManager waits for, and what its answers mean; for its own two files.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bus/bus_manager.hpp"

namespace jobctl {

inline constexpr const char* destination = "org.freedesktop.systemd1";
inline constexpr const char* manager_path = "/org/freedesktop/systemd1";
inline constexpr const char* manager_interface = "org.freedesktop.systemd1.Manager";

// dbus-daemon's system bus allows 128 replies outstanding per connection.
inline constexpr size_t most_in_flight = 64;

inline bool is_no_unit(const sd_bus_error* error) {
  return sd_bus_error_has_name(error, "org.freedesktop.systemd1.NoSuchUnit") ||
         sd_bus_error_has_name(error, "org.freedesktop.systemd1.NoSuchProcess") ||
         sd_bus_error_has_name(error, "org.freedesktop.DBus.Error.UnknownObject");
}

inline bool is_no_manager(const sd_bus_error* error) {
  return sd_bus_error_has_name(error, SD_BUS_ERROR_SERVICE_UNKNOWN) ||
         sd_bus_error_has_name(error, SD_BUS_ERROR_NAME_HAS_NO_OWNER) ||
         sd_bus_error_has_name(error, "org.freedesktop.DBus.Error.Spawn.ChildExited");
}

// sd-bus itself says so after sd_bus_get_method_call_timeout(3); with another text a bus says that whom it
// was asked for went away (daemon-reexec).
inline bool is_silence(const sd_bus_error* error) {
  return sd_bus_error_has_name(error, SD_BUS_ERROR_TIMEOUT) ||
         (sd_bus_error_has_name(error, SD_BUS_ERROR_NO_REPLY) && error->message &&
          std::string_view(error->message) == "Method call timed out");
}

inline constexpr const char* nobody_there = "no systemd answers on its bus";
inline constexpr const char* nobody_awake = "it does not answer";

// Why no question has an answer now; nullptr where that isn't so.
inline const char* why_nobody_answers(const sd_bus_error* error) {
  if (is_no_manager(error)) return nobody_there;
  return is_silence(error) ? nobody_awake : nullptr;
}

// A request whose reply has not come. It outlives the call, not the manager.
struct BusManager::Pending {
  BusManager* owner;
  std::shared_ptr<UnitJob> job;
};

struct BusManager::Listing {
  SlotPtr slot;  // an answer that nobody waits for any more is not delivered
  UnitSelection selection;
  bool done = false;
  const char* nobody = nullptr;  // why_nobody_answers()
  std::string error;
  std::string error_name;
  std::vector<UnitState> units;
};

struct BusManager::Answer {
  SlotPtr slot;
  bool done = false;
  const char* nobody = nullptr;  // why_nobody_answers()
  std::optional<std::string> text;
};

}  // namespace jobctl
