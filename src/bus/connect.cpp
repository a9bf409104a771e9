#include "bus/connect.hpp"

#include <cerrno>
#include <cstdlib>
#include <string>
#include <vector>

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/error.hpp"
#include "util/number.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

struct Address {
  std::string address;  // D-Bus server address
  bool is_bus;          // a message bus, not the manager's own socket
};

std::string user_name() {
  const passwd* entry = getpwuid(geteuid());
  return entry ? entry->pw_name : std::to_string(geteuid());
}

bool is_own_directory(const std::string& path) {
  struct stat info {};
  return !path.empty() && stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode) && info.st_uid == geteuid();
}

// D-Bus specification, "Server Addresses": what may stand unescaped in an address.
std::string escape_address(const std::string& path) {
  std::string escaped;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain = std::isalnum(byte) || std::string("-_/.\\*").find(c) != std::string::npos;
    escaped += is_plain ? std::string(1, c) : "%" + to_hex(byte);
  }
  return escaped;
}

void add_socket(std::vector<Address>& addresses, const std::string& path, bool is_bus) {
  if (access(path.c_str(), F_OK) == 0) addresses.push_back({"unix:path=" + escape_address(path), is_bus});
}

std::vector<Address> addresses(Manager manager) {
  std::vector<Address> found;
  if (manager == Manager::system) {
    add_socket(found, "/run/dbus/system_bus_socket", true);
    if (geteuid() == 0) add_socket(found, "/run/systemd/private", false);
    return found;
  }
  const std::string runtime = runtime_directory();
  if (!runtime.empty()) add_socket(found, runtime + "/bus", true);
  const char* session = getenv("DBUS_SESSION_BUS_ADDRESS");
  if (found.empty() && session && *session) found.push_back({session, true});
  if (!runtime.empty()) add_socket(found, runtime + "/systemd/private", false);
  return found;
}

// Returns 0 or a negative errno.
int open_bus(const Address& address, BusPtr& bus) {
  sd_bus* raw = nullptr;
  int result = sd_bus_new(&raw);
  bus.reset(raw);
  if (result >= 0) result = sd_bus_set_address(raw, address.address.c_str());
  if (result >= 0 && address.is_bus) result = sd_bus_set_bus_client(raw, true);
  if (result >= 0) result = sd_bus_start(raw);
  return result;
}

std::string missing(Manager manager) {
  if (access("/run/systemd/system", F_OK) != 0)
    return "this machine or container was not booted with systemd";
  if (manager == Manager::system) return "the system bus /run/dbus/system_bus_socket does not exist";
  const char* given = getenv("XDG_RUNTIME_DIR");
  if (runtime_directory().empty())
    return given && *given
               ? "XDG_RUNTIME_DIR=" + std::string(given) + " is not a directory of " + user_name()
               : "XDG_RUNTIME_DIR is not set and /run/user/" + std::to_string(geteuid()) + " does not exist";
  return "there is no D-Bus socket in " + runtime_directory();
}

std::string advice(Manager manager) {
  if (access("/run/systemd/system", F_OK) != 0)
    return "run it on the machine itself, or in a container that boots systemd";
  if (manager == Manager::system) return "is the package dbus installed? (systemctl status dbus.socket)";
  if (runtime_directory().empty())
    return "su and sudo start no user manager; log in as " + user_name() + " (ssh, machinectl shell " +
           user_name() + "@) or keep it running: sudo loginctl enable-linger " + shell_quote({user_name()});
  const bool has_bus = access("/usr/lib/systemd/user/dbus.socket", F_OK) == 0;
  return has_bus ? "sudo systemctl restart user@" + std::to_string(geteuid()) + ".service"
                 : "is the package dbus-user-session installed?";
}

std::string unreachable(Manager manager) {
  return "can't reach " +
         (manager == Manager::user ? "the user manager of " + user_name() : "the system manager") + ": ";
}

}  // namespace

std::string runtime_directory() {
  const char* given = getenv("XDG_RUNTIME_DIR");
  if (given && is_own_directory(given)) return given;
  const std::string standard = "/run/user/" + std::to_string(geteuid());
  return is_own_directory(standard) ? standard : "";
}

void throw_no_manager(Manager manager, const std::string& why) {
  throw Error(Errc::no_manager, unreachable(manager) + why, advice(manager));
}

Silence::Silence(Manager manager)
    : Error(Errc::no_manager,
            unreachable(manager) + "it does not answer; it may be stopped (T) or too busy (R, D)",
            "ps -C systemd -o pid,user,stat,args") {}

BusPtr connect_manager(Manager manager) {
  std::string why;
  for (const Address& address : addresses(manager)) {
    BusPtr bus;
    const int result = open_bus(address, bus);
    if (result >= 0) return bus;
    why = address.address + ": " + errno_text(-result);
  }
  throw_no_manager(manager, why.empty() ? missing(manager) : why);
}

}  // namespace jobctl
