// How jobctl behaves where the command line says nothing: defaults, then /etc/jobctl/config.toml, then
// ~/.config/jobctl/config.toml (XDG), then JOBCTL_* in the environment. Root passes over files of other
// users.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "config/paths.hpp"
#include "job/policy.hpp"
#include "util/time.hpp"

namespace jobctl {

// What a detached start does for a user whose jobs would end at logout: loginctl(1), enable-linger.
enum class Linger { always, ask, never };

// A default for the jobs that are started: what an option of jobctl start would say.
struct StartDefault {
  const Policy* policy;
  std::string text;
  std::string origin;  // "/etc/jobctl/config.toml:3"
};

// What holds, and where it is said, for whoever wonders.
struct EffectiveValue {
  std::string key;
  std::string value;
  std::string origin;  // the same, "default", or the name of a variable
};

// Which processes jobctl cleanup looks for, besides those of templates and job files, and how it ends them.
struct CleanupConfig {
  std::vector<std::string> match, exe, marker;  // as its options
  Duration timeout = std::chrono::seconds(5);

  struct Value {
    std::string key;
    std::vector<std::string> texts;  // one for "timeout"
    std::string origin;
  };
  std::vector<Value> values;  // what is set
};

struct Config {
  Paths paths;
  Linger linger = Linger::always;
  std::optional<Duration> stop_timeout = std::chrono::seconds(10);  // none: infinity
  std::string detach_keys = "ctrl-p,ctrl-q";                        // as docker writes them
  std::vector<StartDefault> start;  // of one that is repeatable, those of a list follow each other
  CleanupConfig cleanup;
  std::vector<EffectiveValue> values;  // of all of them but `start` and `cleanup`
};

// Throws Error naming file, line and key, or the variable, for anything that can't be meant.
Config load_config(bool system);
Config load_config(bool system, const std::vector<std::string>& files);

}  // namespace jobctl
