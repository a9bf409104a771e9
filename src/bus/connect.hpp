// Finds the service manager that the caller means and connects to it.
#pragma once

#include <string>

#include "bus/sd.hpp"
#include "job/spec.hpp"
#include "util/error.hpp"

namespace jobctl {

enum class Manager { user, system };

// The one that a job belongs to.
inline Manager manager_of(const JobSpec& spec) {
  return uses_system_manager(spec) ? Manager::system : Manager::user;
}

// The bus is opened, not yet authenticated: messages queue up until it is. For the user manager
// $XDG_RUNTIME_DIR/bus is tried, /run/user/UID/bus, $DBUS_SESSION_BUS_ADDRESS, and where there is no bus at
// all the manager's own socket. Throws Error{no_manager} saying what is missing and what to do.
BusPtr connect_manager(Manager manager);

// Of the caller, whatever $XDG_RUNTIME_DIR says: after su(1) and sudo(8) it may be another user's, or unset
// although the user has a manager. "" where there is none.
std::string runtime_directory();

// The same for a bus on which no systemd answers.
[[noreturn]] void throw_no_manager(Manager manager, const std::string& why);

// A manager that is there and doesn't answer: what it would have said nobody knows.
struct Silence : Error {
  explicit Silence(Manager manager);
};

}  // namespace jobctl
