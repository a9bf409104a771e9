#include "proc/stray_families.hpp"

#include <algorithm>
#include <map>

namespace jobctl {

namespace {

using ByPid = std::map<pid_t, const Stray*>;

// The one that started the others, as far as it is found as well.
const Stray* ancestor_of(const Stray& stray, const ByPid& by_pid) {
  const Stray* top = &stray;
  // PIDs that were reused while the table was read can make a circle of parents.
  size_t most = by_pid.size();
  for (auto parent = by_pid.find(top->entry.process.parent); parent != by_pid.end() && most-- > 0;
       parent = by_pid.find(top->entry.process.parent))
    top = parent->second;
  return top;
}

// A worker that was forked runs what its main process ran. It is told from that by its process group, of
// which somebody else was the leader who is no more its parent.
bool is_left_behind(const Process& process) {
  return process.pid != process.group && process.parent != process.group;
}

bool is_worker_of(const Stray& stray, const Process& main) {
  return stray.entry.process.parent == main.pid &&
         (stray.entry.process.argv == main.argv || is_python_worker(stray.entry.program()));
}

bool are_of(const StrayFamily& family, const StrayFamily& orphans) {
  const Process& head = family.front().entry.process;
  const Process& orphan = orphans.front().entry.process;
  return head.pid == orphan.group || head.pid == orphan.session ||
         (!has_main(family) && head.group == orphan.group);
}

// Each with all of its descendants, in the order of the PIDs of those who began.
std::vector<StrayFamily> trees_of(const std::vector<Stray>& strays) {
  ByPid by_pid;
  for (const Stray& stray : strays) by_pid[stray.entry.process.pid] = &stray;
  std::map<const Stray*, StrayFamily> by_ancestor;
  for (const Stray& stray : strays) {
    StrayFamily& tree = by_ancestor[ancestor_of(stray, by_pid)];
    tree.insert(ancestor_of(stray, by_pid) == &stray ? tree.begin() : tree.end(), stray);
  }
  std::vector<StrayFamily> trees;
  for (auto& [ancestor, tree] : by_ancestor) trees.push_back(std::move(tree));
  return trees;
}

}  // namespace

std::vector<StrayFamily> families_of(const std::vector<Stray>& strays) {
  std::vector<StrayFamily> trees = trees_of(strays);
  const auto orphans = std::stable_partition(trees.begin(), trees.end(), has_main);
  std::vector<StrayFamily> families(trees.begin(), orphans);
  for (auto tree = orphans; tree != trees.end(); ++tree) {
    const auto family = std::find_if(families.begin(), families.end(),
                                     [&](const StrayFamily& other) { return are_of(other, *tree); });
    if (family == families.end())
      families.push_back(std::move(*tree));
    else
      family->insert(family->end(), tree->begin(), tree->end());
  }
  return families;
}

// Workers have no workers: who has some is a main process, though its group may have been a script's.
bool has_main(const StrayFamily& family) {
  const Process& head = family.front().entry.process;
  return !is_left_behind(head) || std::any_of(family.begin(), family.end(),
                                              [&](const Stray& stray) { return is_worker_of(stray, head); });
}

}  // namespace jobctl
