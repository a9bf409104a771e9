// The service manager as jobctl needs it: a handful of verbs on units. Abstract, so that commands can be
// tested with a manager in memory; BusManager (bus_manager.hpp) is the real one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "job/unit_plan.hpp"
#include "util/time.hpp"

namespace jobctl {

// Of every unit, org.freedesktop.systemd1(5).
inline constexpr const char* unit_interface = "org.freedesktop.systemd1.Unit";

// Of services only.
inline constexpr const char* service_interface = "org.freedesktop.systemd1.Service";

// A loaded unit, as ListUnits of org.freedesktop.systemd1(5) tells it.
struct UnitState {
  std::string unit;
  std::string description = {};
  std::string active;  // active, activating, deactivating, inactive, failed, reloading
  std::string sub = {};
  std::string job = {};  // the manager's job queued for it: "start", "stop", …; "" = none
};

struct UnitSelection {
  std::string pattern;
  std::vector<std::string> states = {};  // load, active or sub states

  bool operator==(const UnitSelection&) const = default;
};

// A request to the manager on its way: pending until the manager's job for it is finished.
struct UnitJob {
  bool pending = true;
  bool accepted = false;  // the manager has taken it; it may still be pending
  bool failed = false;
  bool met_silence = false;  // systemd runs and has not answered in time; it may still carry it out
  std::string dbus_error;    // the name of the D-Bus error when the request was refused
  std::string text;          // why it failed: the error's message, or the job's result ("failed", "timeout")

  // It was not begun: nothing has changed.
  bool was_refused() const { return failed && !dbus_error.empty() && !is_open(); }
  // There is a unit of this name already.
  bool met_unit() const { return dbus_error == "org.freedesktop.systemd1.UnitExists"; }
  // systemd went away with it (daemon-reexec): only its units tell whether it has taken it.
  bool is_open() const { return dbus_error == "org.freedesktop.DBus.Error.NoReply"; }
};

// One that nobody has accepted in time.
UnitJob silent_job();

// What ended a wait; nothing of it: its timeout.
struct Woken {
  bool by_fd = false;
  bool by_manager = false;

  explicit operator bool() const { return by_fd || by_manager; }
};

class UnitManager {
 public:
  virtual ~UnitManager() = default;

  // Starts a transient unit. `scope_pid` is the process that a scope begins with.
  virtual std::shared_ptr<UnitJob> start(const UnitPlan& plan, std::optional<pid_t> scope_pid = {}) = 0;

  // Starts a unit that has a file.
  virtual std::shared_ptr<UnitJob> start_loaded(const std::string& unit) = 0;

  // Reads all unit files anew and runs the generators (systemctl daemon-reload). Throws Error.
  virtual void reload() = 0;

  // Moves processes into a cgroup below a unit's own, "/payload", that is there; the manager asks that of the
  // system where it may not itself. Throws Error with its reason.
  virtual void attach(const std::string& unit, const std::string& subcgroup,
                      const std::vector<pid_t>& pids) = 0;

  // Stops a unit: stop signal to the whole cgroup, SIGKILL after its timeout. A unit that isn't there is
  // stopped.
  virtual std::shared_ptr<UnitJob> stop(const std::string& unit) = 0;

  // Stops a unit and starts it again.
  virtual std::shared_ptr<UnitJob> restart(const std::string& unit) = 0;

  // Lets a unit that was frozen by systemctl freeze go on. systemd can't end one that is. Throws Error.
  virtual void thaw(const std::string& unit) = 0;

  // Forgets a failed unit, so that its name can be used again. Not an error where there is none.
  virtual void reset_failed(const std::string& unit) = 0;

  // The loaded units whose name matches a glob; of these only the ones in one of `states`, if any are given.
  // request_list sends the question ahead of need.
  virtual void request_list(const UnitSelection& selection) = 0;
  virtual std::vector<UnitState> list(const UnitSelection& selection) = 0;

  // One property as text: strings as they are, numbers in decimal, IDs in hex, nullopt where the unit isn't
  // loaded.
  virtual std::optional<std::string> property(const std::string& unit, const std::string& interface,
                                              const std::string& name) = 0;

  // The same of many units, all asked at once.
  virtual std::vector<std::optional<std::string>> properties(const std::vector<std::string>& units,
                                                             const std::string& interface,
                                                             const std::string& name) = 0;

  // When the manager itself was started; executing itself anew doesn't count. Asked ahead like a list.
  virtual void request_started_at() = 0;
  virtual Time started_at() = 0;

  // The manager's own version, as its distribution calls it: "252.39-1~deb12u1". Throws Error.
  virtual std::string version() = 0;

  // Whether the manager itself is going down (logout, shutdown).
  virtual bool is_stopping() = 0;

  // Asks to be told of units that go or are started again; wait() then wakes up for them.
  virtual void watch_units() = 0;

  // How often that was told so far.
  virtual uint64_t unit_news() const = 0;

  // Waits until the manager said something, `fd` (-1: none) is readable, or `timeout` (none: for ever)
  // passed. Throws Error when the connection is lost.
  virtual Woken wait(int fd, std::optional<Duration> timeout) = 0;

  // Until the manager has carried out a request, or for this long: it carries on with what it has accepted,
  // whoever waits for it.
  void wait_for(const UnitJob& job, Duration patience);
};

}  // namespace jobctl
