#include "commands/context.hpp"

#include <cstdio>
#include <cstdlib>

#include <pwd.h>
#include <unistd.h>

#include "output/style.hpp"
#include "proc/boot_id.hpp"
#include "util/error.hpp"
#include "util/process.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

// Beside the binary in a build directory, else where they are installed.
Helpers find_helpers() {
  std::string folder = own_folder();
  if (access((folder + "/launcher").c_str(), X_OK) != 0) folder = JOBCTL_LIBEXECDIR;
  return {folder + "/launcher", folder + "/finish", folder + "/probe", folder + "/alert",
          own_folder() + "/jobctl"};
}

std::string look_up_name(uid_t uid) {
  const passwd* entry = getpwuid(uid);
  return entry ? entry->pw_name : std::to_string(uid);
}

std::string find_requester() {
  const char* sudo_user = getenv("SUDO_USER");
  return geteuid() == 0 && sudo_user && *sudo_user ? printable_ascii(sudo_user, 64) : user_name(getuid());
}

}  // namespace

std::string user_name(uid_t uid) {
  static const uid_t own = geteuid();
  static const std::string own_name = look_up_name(own);  // asked for again and again
  return uid == own ? own_name : look_up_name(uid);
}

Context::Context(Manager manager, BadConfig bad_config) : manager_(manager), helpers_(find_helpers()) {
  try {
    config_ = load_config(is_system());
  } catch (const Error& error) {
    if (bad_config == BadConfig::thrown) throw;
    config_problem_ = error;
    config_.paths = default_paths(is_system());
  }
}

Context::Context(Manager manager, const std::string& state_dir)
    : manager_(manager), helpers_(find_helpers()) {
  config_.paths = default_paths(is_system());
  config_.paths.state_dir = state_dir;
}

const std::string& Context::requester() {
  if (requester_.empty()) requester_ = find_requester();
  return requester_;
}

bool Context::is_foreign() const {
  return is_system() && geteuid() != 0;
}

void Context::require_own(const std::string& what) const {
  if (is_foreign())
    throw Error(Errc::failed, "only root can " + what + " jobs of the system manager",
                "with sudo, or without --system: your own jobs");
}

UnitManager& Context::units() {
  if (!units_) units_ = std::make_unique<BusManager>(manager_);
  return *units_;
}

Registry& Context::registry() {
  if (!registry_) {
    registry_ = std::make_unique<Registry>(config_.paths.state_dir, boot_id());
    if (!registry_->note().empty() && !is_foreign()) say(registry_->note());
  }
  return *registry_;
}

std::string Context::jobs_dir() const {
  return jobctl::jobs_dir(config_.paths.state_dir);
}

std::string Context::record_path(const std::string& uuid) const {
  return jobctl::record_path(config_.paths.state_dir, uuid);
}

void say(const std::string& text) {
  dprintf(STDERR_FILENO, "jobctl: %s\n", text.c_str());
}

void say(const Error& error) {
  say(std::string(error.what()));
  if (!error.hint.empty()) dprintf(STDERR_FILENO, "  %s\n", error.hint.c_str());
}

void whisper(const std::string& text) {
  dprintf(STDERR_FILENO, "%s\n", painted("jobctl: " + text, Color::dim, style_of(STDERR_FILENO)).c_str());
}

}  // namespace jobctl
