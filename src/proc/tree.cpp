#include "proc/tree.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "util/display.hpp"

namespace jobctl {

namespace {

// Deeper than that, a chain of processes is shown as siblings: nobody reads it, and lines must not grow
// without end.
constexpr size_t greatest_depth = 24;

class Arranger {
 public:
  explicit Arranger(std::vector<Process> processes) : processes_(std::move(processes)) {
    std::sort(processes_.begin(), processes_.end(), [](const Process& a, const Process& b) {
      return std::tie(a.started_at, a.pid) < std::tie(b.started_at, b.pid);
    });
    for (size_t i = 0; i < processes_.size(); i++) indexes_.emplace(processes_[i].pid, i);
    taken_.resize(processes_.size());
    children_.resize(processes_.size());
    for (size_t i = 0; i < processes_.size(); i++)
      if (const auto parent = indexes_.find(processes_[i].parent); parent != indexes_.end())
        children_[parent->second].push_back(i);
  }

  std::vector<TreeLine> lines() {
    for (size_t i = 0; i < processes_.size(); i++)
      if (!indexes_.contains(processes_[i].parent)) walk(i);
    // PIDs that were reused while we read can make a circle of parents. The oldest of them is shown as a
    // root.
    for (size_t i = 0; i < processes_.size(); i++) walk(i);
    return std::move(lines_);
  }

 private:
  struct Node {
    size_t index;
    size_t depth;
    std::string indent;  // of its children's branches
    bool last;           // among its siblings
  };

  // Down from a root. On a stack of its own: a job may have forked a chain of any length.
  void walk(size_t root) {
    std::vector<Node> left = {{root, 0, "", true}};
    while (!left.empty()) {
      const Node node = std::move(left.back());
      left.pop_back();
      if (taken_[node.index]) continue;
      taken_[node.index] = true;
      const std::string branch = node.depth == 0 ? "" : node.indent + (node.last ? "└─" : "├─");
      lines_.push_back({branch, std::move(processes_[node.index])});
      push_children(left, node);
    }
  }

  void push_children(std::vector<Node>& left, const Node& node) const {
    const std::vector<size_t>& children = children_[node.index];
    const bool flat = node.depth >= greatest_depth;
    std::string indent = node.indent;
    if (node.depth > 0 && !flat) indent += node.last ? "  " : "│ ";
    for (size_t i = children.size(); i-- > 0;)
      left.push_back({children[i], node.depth + (flat ? 0 : 1), indent, i + 1 == children.size()});
  }

  std::vector<Process> processes_;  // by start
  std::map<pid_t, size_t> indexes_;
  std::vector<std::vector<size_t>> children_;
  std::vector<bool> taken_;
  std::vector<TreeLine> lines_;
};

}  // namespace

std::vector<TreeLine> arrange(std::vector<Process> processes) {
  return Arranger(std::move(processes)).lines();
}

std::vector<std::string> tree_lines(const std::vector<TreeLine>& tree, size_t width) {
  std::vector<std::string> lines;
  for (const TreeLine& node : tree) {
    const std::string process = std::to_string(node.process.pid) + " " + visible(command_line(node.process));
    const std::string line = node.branch + process;
    lines.push_back(width == 0 ? line : cut_to_width(line, width));
  }
  return lines;
}

}  // namespace jobctl
