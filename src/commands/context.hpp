// What every verb works with. Nothing is opened before it is needed.
#pragma once

#include <iosfwd>
#include <memory>
#include <optional>
#include <string>

#include "bus/bus_manager.hpp"
#include "config/config.hpp"
#include "job/unit_plan.hpp"
#include "registry/record_file.hpp"
#include "registry/registry.hpp"
#include "util/error.hpp"

namespace jobctl {

// What becomes of a configuration that can't be read.
enum class BadConfig { thrown, told };

class Context {
 public:
  // Throws Error, with BadConfig::told only config_problem() says it.
  explicit Context(Manager manager, BadConfig bad_config = BadConfig::thrown);
  // Of the jobs in `state_dir`, which have all that holds for them in their records: no configuration is
  // read, so none that is broken keeps them from running.
  Context(Manager manager, const std::string& state_dir);

  Manager manager() const { return manager_; }
  bool is_system() const { return manager_ == Manager::system; }
  // The command line of that manager, for hints.
  std::string systemctl() const { return is_system() ? "systemctl" : "systemctl --user"; }
  // The system manager's jobs are root's: others see what systemd tells of those that live.
  bool is_foreign() const;
  // Throws Error that says what only root can do, where the jobs are not the caller's.
  void require_own(const std::string& what) const;
  const Config& config() const { return config_; }

  UnitManager& units();
  Registry& registry();
  // Done with it for now. Closing takes a while that is better spent while systemd works.
  void close_registry() { registry_.reset(); }

  std::string jobs_dir() const;
  std::string record_path(const std::string& uuid) const;
  const Helpers& helpers() const { return helpers_; }

  // Why the configuration could not be read and its defaults hold instead; none otherwise.
  const std::optional<Error>& config_problem() const { return config_problem_; }

  // Who is asking, for "killed by": the user behind sudo(8), if there is one.
  const std::string& requester();

 private:
  Manager manager_;
  Config config_;
  std::optional<Error> config_problem_;
  Helpers helpers_;
  std::string requester_;  // "" until it is asked for: the user database may be far away
  std::unique_ptr<UnitManager> units_;
  std::unique_ptr<Registry> registry_;
};

// The name of a user ID, or its digits.
std::string user_name(uid_t uid);

// One line on stderr, "jobctl: <text>": talk, not results.
void say(const std::string& text);

// What went wrong with one of several, and its hint; whoever goes on throws nothing.
void say(const Error& error);

// The same as a line, dim: for whoever watches.
void whisper(const std::string& text);

}  // namespace jobctl
