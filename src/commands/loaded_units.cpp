#include "commands/loaded_units.hpp"

#include <algorithm>

#include "commands/records.hpp"
#include "job/companion_plan.hpp"
#include "proc/cgroup.hpp"

namespace jobctl {

namespace {

const UnitSelection ours{"jobctl-*"};
// A timer is "waiting".
const UnitSelection ours_on_their_way{"jobctl-*",
                                      {"activating", "deactivating", "reloading", "maintenance", "waiting"}};

// Of jobctl.slice, as the kernel calls it; "" where no job tells.
std::string slice_cgroup(const std::vector<Job>& jobs) {
  constexpr std::string_view slice = "/jobctl.slice";
  for (const Job& job : jobs)
    if (const size_t begin = job.current.cgroup.find(std::string(slice) + "/");
        begin != std::string::npos && !runs_elsewhere(job))
      return job.current.cgroup.substr(0, begin + slice.size());
  return {};
}

// A manager that was killed leaves the cgroups of units that its successor knows nothing of.
bool has_older(const std::vector<Job>& jobs, Time manager_started_at) {
  return std::any_of(jobs.begin(), jobs.end(), [&](const Job& job) {
    return !job.current.ended_at && job.current.started_at && !runs_elsewhere(job) &&
           *job.current.started_at < manager_started_at;
  });
}

}  // namespace

LoadedUnits::LoadedUnits(Context& context) : context_(context) {
  context.units().request_list(ours_on_their_way);
  context.units().request_started_at();
}

void LoadedUnits::look(const std::vector<Job>& rows) {
  const std::string slice = slice_cgroup(rows);
  if (slice.empty()) return list_all();
  const auto names = units_in_slice(slice);
  if (!names || has_older(rows, context_.units().started_at())) return list_all();
  for (UnitState& unit : context_.units().list(ours_on_their_way)) add(std::move(unit));
  for (const std::string& name : *names)
    if (auto uuid = uuid_of_unit(name); uuid && !told_.contains(*uuid)) running_.insert(std::move(*uuid));
}

void LoadedUnits::list_all() {
  told_.clear();
  running_.clear();
  scheduled_.clear();
  for (UnitState& unit : context_.units().list(ours)) add(std::move(unit));
}

void LoadedUnits::add(UnitState&& unit) {
  if (unit.active == "inactive" || unit.active == "failed") return;
  if (auto uuid = uuid_of_schedule(unit.unit)) scheduled_.insert(std::move(*uuid));
  if (auto uuid = uuid_of_unit(unit.unit)) told_.try_emplace(std::move(*uuid), std::move(unit));
}

const UnitState* LoadedUnits::find(const std::string& uuid) const {
  static const UnitState running{.unit = "", .active = "active"};
  if (const auto found = told_.find(uuid); found != told_.end()) return &found->second;
  return running_.contains(uuid) ? &running : nullptr;
}

std::vector<std::string> LoadedUnits::others(const std::vector<Job>& jobs) const {
  const auto ours =
      std::count_if(jobs.begin(), jobs.end(), [&](const Job& job) { return find(job.spec.uuid) != nullptr; });
  if (static_cast<size_t>(ours) == told_.size() + running_.size()) return {};
  std::unordered_set<std::string> others = running_;
  for (const auto& [uuid, unit] : told_) others.insert(uuid);
  for (const Job& job : jobs) others.erase(job.spec.uuid);
  return {others.begin(), others.end()};
}

bool explain_cgroups(const std::vector<Job>& jobs) {
  std::unordered_set<std::string_view> known;
  for (const Job& job : jobs) known.insert(job.spec.uuid);
  const std::string slice = slice_cgroup(jobs);
  const auto names = slice.empty() ? std::nullopt : units_in_slice(slice);
  return names && std::all_of(names->begin(), names->end(), [&](const std::string& name) {
           const auto uuid = uuid_of_unit(name);
           return !uuid || known.contains(*uuid);
         });
}

}  // namespace jobctl
