// What became of a stray, and how jobctl cleanup tells it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "proc/end_processes.hpp"
#include "proc/strays.hpp"

namespace jobctl {

struct Outcome {
  Stray stray;
  std::optional<EndedProcess> ended;  // none where nobody tried to
  std::string job = {};               // the UUID of the one that has adopted it

  bool is_left() const { return job.empty() && !ended->is_gone; }
};

// "found", "ended", "killed", "left", "adopted".
std::string state_of(const Outcome& outcome);

// "killed 4711 (python3 runners/train.py): runs runners/train.py".
std::string in_words(const Outcome& outcome);

void print_table(const std::vector<Outcome>& outcomes, bool with_state);
void print_json(const std::vector<Outcome>& outcomes);

// On stderr: what is left, why, and how to end it; what fits and is nobody's business here.
void tell_failure(const Outcome& outcome);
void tell_of_left_alone(const std::vector<TableEntry>& left_alone);

}  // namespace jobctl
