// The audit trail: what the records tell, and what outlived them.
#pragma once

#include <optional>
#include <vector>

#include "commands/context.hpp"
#include "job/history.hpp"
#include "job/query.hpp"

namespace jobctl {

struct Span {
  std::optional<Time> since, until;

  bool contains(Time time) const { return !(since && time < *since) && !(until && time > *until); }
};

// Oldest first, and nothing twice. A name means every job that ever had it; throws Error{no_such_job} where
// none had.
std::vector<HistoryEntry> history_entries(const Context& context, const Query& query, const Span& span);

}  // namespace jobctl
