// The table of `jobctl top`: jobs by what they use just now.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "job/load.hpp"
#include "output/table.hpp"

namespace jobctl {

// In the order of the table.
enum class TopColumn { name, uuid, state, cpu, memory, peak, read, written, net, tasks, runtime, ports };
inline constexpr size_t top_columns = static_cast<size_t>(TopColumn::ports) + 1;

// Names and states from A to Z, numbers from the greatest down; `reversed`: the other way round.
struct TopOrder {
  TopColumn column = TopColumn::cpu;
  bool reversed = false;
};

struct TopRow {
  Job job;
  Load load;
};

// Whatever the order is, jobs that are equal in it stay where they are from look to look.
std::vector<const TopRow*> sorted(const std::vector<TopRow>& rows, const TopOrder& order, Time now);

// With an arrow at the column that gives the order, if one is to be marked; that one is never left out where
// room is short.
Table top_table(const std::vector<const TopRow*>& rows, const std::optional<TopOrder>& marked, Time now);

// "3 jobs, 2 running; CPU 120 %, memory 1.2 GiB": all jobs together.
std::string top_summary(const std::vector<TopRow>& rows);

}  // namespace jobctl
