// The units of ours that are loaded, by their jobs' UUIDs.
//
// Asking systemd for all of them takes the longer the more there are, and the kernel knows most of the
// answer: an active unit has a cgroup. So systemd is asked only for those that are on their way somewhere,
// and since when it has been there. Where the two don't explain everything, list_all() asks it for all.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "commands/context.hpp"

namespace jobctl {

class LoadedUnits {
 public:
  // Sends the questions. Until the answers are needed, there is time for what needs none.
  explicit LoadedUnits(Context& context);

  // `rows`: what the registry knows; they tell where the cgroups are.
  void look(const std::vector<Job>& rows);
  void list_all();

  // nullptr: not loaded, or its processes have ended. Before list_all(), little more than the state is known.
  const UnitState* find(const std::string& uuid) const;

  // Whether the timer waits, or is just about to start a run.
  bool is_scheduled(const std::string& uuid) const { return scheduled_.contains(uuid); }

  // The UUIDs of those that are none of the jobs'.
  std::vector<std::string> others(const std::vector<Job>& jobs) const;

 private:
  void add(UnitState&& unit);

  Context& context_;
  std::unordered_map<std::string, UnitState> told_;  // by systemd: active or on their way
  std::unordered_set<std::string> running_;          // the rest of those that have a cgroup
  std::unordered_set<std::string> scheduled_;        // whose timers are loaded
};

// Whether each cgroup of a unit of ours is that of one of the jobs.
bool explain_cgroups(const std::vector<Job>& jobs);

}  // namespace jobctl
