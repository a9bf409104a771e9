#include "config/paths.hpp"

#include <cstdlib>

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/error.hpp"

namespace jobctl {
namespace {

// "Consider the path invalid and ignore it" says the XDG specification about relative ones.
std::string absolute_from_environment(const char* variable) {
  const char* value = std::getenv(variable);
  return value && value[0] == '/' ? value : "";
}

std::string xdg_directory(const char* variable, const char* below_home) {
  const std::string directory = absolute_from_environment(variable);
  return directory.empty() ? home_directory() + below_home : directory;
}

bool is_own_directory(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == geteuid();
}

// su and sudo may leave the caller's XDG_RUNTIME_DIR, others none; logind makes /run/user/UID.
std::string user_runtime_directory() {
  const std::string given = absolute_from_environment("XDG_RUNTIME_DIR");
  const std::string usual = "/run/user/" + std::to_string(geteuid());
  for (const std::string& directory : {given, usual})
    if (is_own_directory(directory)) return directory + "/jobctl";
  return "";
}

}  // namespace

std::string home_directory() {
  const std::string home = absolute_from_environment("HOME");
  if (!home.empty()) return home;
  const passwd* user = getpwuid(geteuid());
  if (user && user->pw_dir && user->pw_dir[0] == '/') return user->pw_dir;
  throw Error(Errc::failed,
              "no home directory: HOME is not set and the user database has none for UID " +
                  std::to_string(geteuid()),
              "set HOME");
}

Paths default_paths(bool system) {
  if (system) return {"/var/lib/jobctl", "/var/log/jobctl", "/run/jobctl"};
  const std::string state = xdg_directory("XDG_STATE_HOME", "/.local/state") + "/jobctl";
  return {state, state + "/logs", user_runtime_directory()};
}

std::vector<std::string> config_folders() {
  return {"/etc/jobctl", xdg_directory("XDG_CONFIG_HOME", "/.config") + "/jobctl"};
}

std::vector<std::string> config_files() {
  std::vector<std::string> files;
  for (const std::string& folder : config_folders()) files.push_back(folder + "/config.toml");
  return files;
}

}  // namespace jobctl
