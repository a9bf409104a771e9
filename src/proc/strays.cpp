#include "proc/strays.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "proc/services.hpp"
#include "proc/worker_directory.hpp"

namespace jobctl {

namespace {

std::string worker_of(const TableEntry& entry) {
  return "a worker of " + entry.executable;
}

std::string what_runs(const TableEntry& entry) {
  const RunningProgram program = entry.program();
  return is_python_worker(program) ? worker_of(entry) : programs_of(program).back();
}

class Search {
 public:
  Search(const std::vector<TableEntry>& table, const StraySearch& search)
      : table_(table),
        search_(search),
        by_pid_(index_of(table)),
        services_(table, search.service_mains,
                  [&](const TableEntry& entry) { return match(entry, search.patterns).has_value(); }) {
    spare_own();
    for (const Stray& stray : search.earlier)
      if (is_gone_or_the_same(stray.entry.process)) note_member(stray.entry);
  }

  StraysFound run() {
    for (const TableEntry& entry : table_) look_at(entry);
    for (bool grown = true; grown;) grown = grow();
    // A worker that was forked runs what its parent runs.
    for (Stray& stray : found_.strays)
      if (members_.contains(stray.entry.process.parent)) stray.role = StrayRole::worker;
    std::sort(found_.strays.begin(), found_.strays.end(),
              [](const Stray& a, const Stray& b) { return a.entry.process.pid < b.entry.process.pid; });
    return std::move(found_);
  }

 private:
  const TableEntry* find(pid_t pid) const {
    const auto entry = by_pid_.find(pid);
    return entry == by_pid_.end() ? nullptr : entry->second;
  }

  // With the run that this may be part of: one of several that clean up before they begin.
  void spare_own() {
    const TableEntry* run = nullptr;
    for (const TableEntry* one = find(search_.self); one && spared_.insert(one->process.pid).second;
         one = find(one->process.parent))
      if (match(*one, search_.patterns)) run = one;
    if (!run) return;
    std::set<pid_t> family = {run->process.pid};
    for (bool grown = true; grown;) {
      grown = false;
      for (const TableEntry& entry : table_)
        if (family.contains(entry.process.parent)) grown |= family.insert(entry.process.pid).second;
    }
    spared_.merge(family);
  }

  bool is_gone_or_the_same(const Process& earlier) const {
    const TableEntry* entry = find(earlier.pid);
    return !entry || entry->process.start_ticks == earlier.start_ticks;
  }

  bool may_be_found(const TableEntry& entry) const {
    const pid_t pid = entry.process.pid;
    // Kernel threads and zombies run nothing; in init.scope is the service manager, which every job hangs on.
    return pid != 1 && entry.user == search_.user && entry.process.state != 'Z' &&
           !entry.process.argv.empty() && !entry.is_in_container && !spared_.contains(pid) &&
           !search_.of_jobs.contains(pid) && !members_.contains(pid) && !services_.contain(entry) &&
           !entry.cgroup.ends_with("/init.scope");
  }

  void look_at(const TableEntry& entry) {
    const bool is_ours = entry.user == search_.user && !entry.is_in_container;
    if (!is_ours && !search_.of_jobs.contains(entry.process.pid)) {
      if (match(entry, search_.patterns)) found_.left_alone.push_back(entry);
    } else if (!may_be_found(entry)) {
      return;
    } else if (const auto why = match(entry, search_.patterns)) {
      add(entry, StrayRole::main, *why);
    } else if (const auto directory = training_directory(entry)) {
      add(entry, StrayRole::orphan, "a Python worker without its main process, in " + *directory);
    }
  }

  // A worker that Python has spawned shows nothing of the script that it works for, except where that lies.
  std::optional<std::string> training_directory(const TableEntry& entry) const {
    if (!is_python_worker(entry.program()) || !is_orphan(entry, by_pid_)) return std::nullopt;
    const std::vector<std::string>& patterns = search_.patterns.programs;
    const bool is_one = std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
      return is_place_of(entry.directory, pattern);
    });
    return is_one ? std::optional(entry.directory) : std::nullopt;
  }

  bool grow() {
    bool grown = false;
    for (const TableEntry& entry : table_) {
      if (!may_be_found(entry)) continue;
      const pid_t parent = entry.process.parent;
      if (members_.contains(parent)) {
        add(entry, StrayRole::worker, "started by " + std::to_string(parent)), grown = true;
      } else if (const auto why = is_orphan(entry, by_pid_) ? kinship(entry) : std::nullopt) {
        add(entry, StrayRole::orphan, *why), grown = true;
      }
    }
    return grown;
  }

  // Group and session outlive whoever made them.
  std::optional<std::string> kinship(const TableEntry& entry) const {
    if (is_kin(entry, entry.process.group, groups_))
      return "of the process group " + std::to_string(entry.process.group);
    if (is_kin(entry, entry.process.session, sessions_))
      return "of the session " + std::to_string(entry.process.session);
    for (const std::string& variable : entry.environment)
      if (marks_.contains(variable)) return "has " + variable + " in its environment";
    return std::nullopt;
  }

  using Programs = std::set<std::string>;

  // All that one of the family leads is its own. Where the leader is gone, it may have been a login's or a
  // script's that started others, too: then only what runs the same is taken for kin, and not what only has
  // the same interpreter.
  bool is_kin(const TableEntry& entry, pid_t leader, const std::map<pid_t, Programs>& of_members) const {
    if (leader == 0) return false;
    if (members_.contains(leader)) return true;
    const auto same = of_members.find(leader);
    return same != of_members.end() && !find(leader) && same->second.contains(what_runs(entry));
  }

  void add(const TableEntry& entry, StrayRole role, const std::string& why) {
    note_member(entry);
    found_.strays.push_back({entry, role, why});
  }

  void note_member(const TableEntry& entry) {
    members_.insert(entry.process.pid);
    for (const std::string& variable : entry.environment)
      for (const std::string& mark : search_.marks)
        if (is_marked_by(variable, mark)) marks_.insert(variable);
    if (entry.executable.empty()) return;
    // A helper that a family has started, sh or tail, may run for others as well.
    if (match(entry, search_.patterns))
      note_program(entry, what_runs(entry)), note_program(entry, worker_of(entry));
    if (is_python_worker(entry.program())) note_program(entry, worker_of(entry));
  }

  void note_program(const TableEntry& entry, const std::string& program) {
    groups_[entry.process.group].insert(program);
    sessions_[entry.process.session].insert(program);
  }

  const std::vector<TableEntry>& table_;
  const StraySearch& search_;
  const ProcessIndex by_pid_;
  const ServiceProcesses services_;
  std::set<pid_t> spared_;
  std::set<pid_t> members_;
  std::map<pid_t, Programs> groups_, sessions_;  // by leader, what the members of the family run
  std::set<std::string> marks_;                  // of members, "NAME=VALUE"
  StraysFound found_;
};

}  // namespace

const char* to_string(StrayRole role) {
  switch (role) {
    case StrayRole::main:
      return "main";
    case StrayRole::worker:
      return "worker";
    case StrayRole::orphan:
      return "orphan";
  }
  return "";
}

StraysFound find_strays(const std::vector<TableEntry>& table, const StraySearch& search) {
  return Search(table, search).run();
}

}  // namespace jobctl
