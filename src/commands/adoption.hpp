// Making a job of processes that run already: they are moved into a scope, and go on without noticing.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "commands/context.hpp"
#include "commands/new_job.hpp"
#include "proc/process_table.hpp"

namespace jobctl {

struct Adoption {
  TableEntry main;
  std::vector<TableEntry> others;  // its family, as far as it is to come along
  bool descendants = false;        // with those that it has, or forks meanwhile
  bool is_orphan = false;          // the main one is only the first of `others`
};

// One that could not be moved.
struct LeftBehind {
  Process process;
  std::string why;
};

struct Adopted {
  Job job;
  std::set<pid_t> moved;
  std::vector<LeftBehind> left;
};

// "4711 (python3)".
std::string title_of(const Process& process);

// Throws Error for a process that can't be a job, whoever asks: of a job, of a service, of somebody else.
void refuse_unadoptable(Context& context, const TableEntry& entry);

// Those that come along, as they are now: also what has lost its parent and is of a group or session that one
// of them leads.
std::vector<TableEntry> descendants_of(pid_t pid, const std::vector<TableEntry>& table);

// The job's definition: what the process was started with, and what `given` says beside it. Throws Error.
JobSpec define_adopted(const Context& context, const TableEntry& main, const StartOptions& given);

// Throws Error, also where systemd's policy forbids it: then there is no job.
Adopted adopt(Context& context, const Adoption& adoption, const StartOptions& options);

}  // namespace jobctl
