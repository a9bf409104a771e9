// The settings of a job that are policy: how much it may use, when it is started again and so on. Each is one
// word with a text value, the same on the command line (--memory), in config and job files (memory) and in
// the job's record; this table is the only place that knows them all.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "job/spec.hpp"

namespace jobctl {

struct Policy {
  const char* name;   // "cpu-affinity"
  const char* group;  // of options in the help
  const char* value;  // what stands for it there: "SIZE"; "" for one that takes none, set by the text "true"
  const char* help;
  bool repeatable;
  // Throws Error{usage} that begins with `what`.
  void (*set)(JobSpec& spec, const std::string& text, const std::string& what);
  // What set() takes to get the same again; none where it isn't set.
  std::vector<std::string> (*texts)(const JobSpec& spec);
  const char* needs = nullptr;  // another one, without which it means nothing
  bool for_services = false;    // a scope can't have it
  bool of_one_job = false;      // no default for all of them
};

// The policies that say when a job runs.
bool is_of_schedule(const Policy& policy);

std::span<const Policy> policies();
const Policy* find_policy(std::string_view name);

// Throws Error{usage} for policies that exclude or need each other, or that no job can do with. What an
// earlier version has put into a record isn't asked again.
void check_policies(const JobSpec& spec);

// "NAME=TEXT" for each that is set, in the order of the table, for storage; and back. One that a newer jobctl
// added is left out. Throws Error where it is damaged.
std::vector<std::string> policy_texts(const JobSpec& spec);
void set_policy(JobSpec& spec, const std::string& stored);

}  // namespace jobctl
