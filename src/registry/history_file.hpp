// The file `<state>/history`, mode 0600: the part of the audit trail that no record holds any more, or never
// did. Lines are only ever added.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "job/history.hpp"

namespace jobctl {

std::string history_path(const std::string& state_dir);

// All of them or none, on the disk when this returns (fdatasync(2)). A line that a power cut left without its
// end goes: what a flush would have told is still in a record. Throws Error.
void append_history(const std::string& state_dir, const std::vector<HistoryEntry>& entries);

// The file as it is; "" where there is none. Throws Error.
std::string history_text(const std::string& state_dir);

// In the order in which they were added; not all at once, for there may be millions. What is no entry is left
// out, and what has no end yet. Throws Error for a file that can't be read.
void read_history(const std::string& state_dir, const std::function<bool(Time)>& is_wanted,
                  const std::function<void(HistoryEntry)>& take);
std::vector<HistoryEntry> read_history(const std::string& state_dir);

}  // namespace jobctl
