#include "commands/run_as.hpp"

#include <algorithm>

#include <grp.h>
#include <pwd.h>

#include "commands/caller.hpp"
#include "job/unit_plan.hpp"
#include "util/error.hpp"
#include "util/number.hpp"
#include "util/process.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

[[noreturn]] void refuse(const std::string& name, const std::string& value, const char* what) {
  throw Error(Errc::usage, "-p " + name + "=" + printable_ascii(value, 60) + ": there is no such " + what,
              std::string("getent ") + (name == "User" ? "passwd" : "group") + " lists them");
}

const passwd* find_user(const std::string& value) {
  const auto id = parse_number<unsigned>(value);
  const passwd* entry = id ? getpwuid(*id) : getpwnam(value.c_str());
  return entry ? entry : (refuse("User", value, "user"), nullptr);
}

gid_t find_group(const char* property, const std::string& value) {
  if (const auto id = parse_number<unsigned>(value)) return *id;
  const group* entry = getgrnam(value.c_str());
  return entry ? entry->gr_gid : (refuse(property, value, "group"), 0);
}

std::vector<gid_t> groups_of(const char* user, gid_t gid) {
  int count = 64;
  std::vector<gid_t> groups(static_cast<size_t>(count));
  while (getgrouplist(user, gid, groups.data(), &count) < 0) groups.resize(static_cast<size_t>(count));
  groups.resize(static_cast<size_t>(count));
  return groups;
}

// The last one holds, as in a unit file.
std::string last_value(const JobSpec& spec, const std::string& name) {
  std::string last;
  for (const auto& [property, value] : spec.properties)
    if (property == name) last = value;
  return last;
}

void refuse_what_only_systemd_can(const JobSpec& spec) {
  for (const char* name : {"DynamicUser", "AmbientCapabilities", "PAMName"})
    if (!last_value(spec, name).empty())
      throw Error(Errc::usage,
                  std::string("-p ") + name + ": jobctl's launcher changes the user itself and can't do this",
                  "write a unit file for it: man systemd.exec");
}

}  // namespace

std::optional<Credentials> find_run_as(const JobSpec& spec) {
  const std::string user = last_value(spec, "User"), group = last_value(spec, "Group");
  const auto& properties = spec.properties;
  const bool given = std::any_of(properties.begin(), properties.end(), [](const auto& property) {
    return is_of_user(property.first) || property.first == "DynamicUser";
  });
  if (!given) return std::nullopt;
  refuse_what_only_systemd_can(spec);
  const passwd* entry = find_user(user.empty() ? "0" : user);
  Credentials run_as{entry->pw_uid, group.empty() ? entry->pw_gid : find_group("Group", group), {}};
  run_as.groups = groups_of(entry->pw_name, run_as.gid);
  for (const auto& [property, value] : properties) {
    if (property != "SupplementaryGroups") continue;
    for (const std::string& name : split(value, ' '))
      if (!name.empty()) run_as.groups.push_back(find_group("SupplementaryGroups", name));
  }
  return run_as;
}

void adapt_environment(std::vector<std::string>& environment, const Credentials& run_as) {
  std::erase_if(environment, [](const std::string& assignment) {
    return assignment.starts_with("XDG_RUNTIME_DIR=") ||
           assignment.starts_with("DBUS_SESSION_BUS_ADDRESS=") || assignment.starts_with("MAIL=") ||
           assignment.starts_with("SUDO_");
  });
  const passwd* entry = getpwuid(run_as.uid);
  if (!entry) return;
  set_variable(environment, std::string("HOME=") + entry->pw_dir);
  set_variable(environment, std::string("USER=") + entry->pw_name);
  set_variable(environment, std::string("LOGNAME=") + entry->pw_name);
  set_variable(environment, std::string("SHELL=") + entry->pw_shell);
}

}  // namespace jobctl
