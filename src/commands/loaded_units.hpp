// The units of ours that are loaded, by their jobs' UUIDs.
//
// Asking systemd for all of them takes the longer the more there are, and the kernel knows most of the
// answer: an active unit has a cgroup. So systemd is asked only for those that are on their way somewhere,
// and since when it has been there. Where the two don't explain everything, list_all() asks it for all.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
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

  // nullptr: not loaded, or its processes have ended.
  const UnitState* find(const std::string& uuid) const;

  // By UUID; the states are active, activating, deactivating or reloading.
  const std::unordered_map<std::string, UnitState>& all() const { return units_; }

 private:
  void add(UnitState&& unit);

  Context& context_;
  std::unordered_map<std::string, UnitState> units_;
};

// Whether each cgroup of a unit of ours is that of one of the jobs.
bool explain_cgroups(const std::vector<Job>& jobs);

}  // namespace jobctl
