#include "proc/stray_patterns.hpp"

#include <algorithm>

namespace jobctl {

namespace {

bool has_marker(const TableEntry& entry, const std::string& marker) {
  return std::any_of(entry.environment.begin(), entry.environment.end(),
                     [&](const std::string& variable) { return is_marked_by(variable, marker); });
}

}  // namespace

std::optional<std::string> match(const TableEntry& entry, const StrayPatterns& patterns) {
  const RunningProgram program = entry.program();
  for (const std::string& pattern : patterns.programs)
    if (runs(program, pattern)) return "runs " + pattern;
  for (const std::string& name : patterns.executables)
    if (has_executable(program, name)) return "runs " + name;
  for (const std::string& text : patterns.texts)
    if (mentions(program, text)) return "mentions " + text;
  for (const std::string& marker : patterns.markers)
    if (has_marker(entry, marker)) return "has " + marker + " in its environment";
  return std::nullopt;
}

bool is_marked_by(const std::string& variable, const std::string& marker) {
  return marker.find('=') != std::string::npos ? variable == marker : variable.starts_with(marker + "=");
}

}  // namespace jobctl
