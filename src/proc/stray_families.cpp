#include "proc/stray_families.hpp"

#include <algorithm>
#include <map>

namespace jobctl {

namespace {

using ByPid = std::map<pid_t, const Stray*>;

// The one that started the others, as far as it is found as well.
const Stray* ancestor_of(const Stray& stray, const ByPid& by_pid) {
  const Stray* top = &stray;
  for (auto parent = by_pid.find(top->entry.process.parent); parent != by_pid.end();
       parent = by_pid.find(top->entry.process.parent))
    top = parent->second;
  return top;
}

// A worker that was forked runs what its main process ran. It is told from that by its process group, of
// which somebody else was the leader who is no more its parent.
bool is_left_behind(const Process& process) {
  return process.pid != process.group && process.parent != process.group;
}

bool is_of(const StrayFamily& family, const Process& process) {
  const Process& head = family.front().entry.process;
  if (!is_left_behind(process)) return false;
  return head.pid == process.group || head.pid == process.session ||
         (is_left_behind(head) && head.group == process.group);
}

}  // namespace

std::vector<StrayFamily> families_of(const std::vector<Stray>& strays) {
  ByPid by_pid;
  for (const Stray& stray : strays) by_pid[stray.entry.process.pid] = &stray;
  std::map<const Stray*, std::vector<const Stray*>> by_ancestor;
  for (const Stray& stray : strays) by_ancestor[ancestor_of(stray, by_pid)].push_back(&stray);
  std::vector<const Stray*> ancestors;
  for (const auto& [ancestor, descendants] : by_ancestor) ancestors.push_back(ancestor);
  std::stable_partition(ancestors.begin(), ancestors.end(),
                        [](const Stray* ancestor) { return !is_left_behind(ancestor->entry.process); });
  std::vector<StrayFamily> families;
  for (const Stray* ancestor : ancestors) {
    auto family = std::find_if(families.begin(), families.end(), [&](const StrayFamily& other) {
      return is_of(other, ancestor->entry.process);
    });
    if (family == families.end()) family = families.insert(families.end(), StrayFamily());
    family->push_back(*ancestor);
    for (const Stray* stray : by_ancestor[ancestor])
      if (stray != ancestor) family->push_back(*stray);
  }
  return families;
}

bool has_main(const StrayFamily& family) {
  return !is_left_behind(family.front().entry.process);
}

}  // namespace jobctl
