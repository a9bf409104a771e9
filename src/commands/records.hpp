// The jobs' records as commands use them: what was appended since the registry's rows were written, and the
// end of what ended without anybody left to tell.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "commands/context.hpp"

namespace jobctl {

// One job's whole record, and the job folded from it. Throws Error where the record is gone.
RecordFile open_record(Context& context, const Job& job);
Job refold(const RecordFile& file);

// Whether it is active on another machine, which has the same records: only that one knows how it is. And
// what to say to whoever wants something done to it, which `verb` does there.
bool runs_elsewhere(const Job& job);
Error on_another_machine(const Job& job, const std::string& verb);

// Of a new job, after its row: whoever finds one without the other knows that this start was interrupted.
RecordFile create_record(Context& context, const JobSpec& spec, const Event& first);

// Collects the jobs that changed and writes their rows at the end, all at once. One record that can't be read
// doesn't hide the other jobs: it is told on stderr, and its job stays as it was.
class Records {
 public:
  explicit Records(Context& context);

  // Reads the records of those that had not ended and were appended to. `all`: these are all such jobs.
  void catch_up(std::vector<Job>& jobs, bool all);

  void reread(Job& job);

  // For a job whose unit is gone while its record, just reread, is silent: writes the end that this is, or
  // takes up the one that was written meanwhile.
  void settle(Job& job);

  void changed(const Job& job) { changed_.push_back(job); }
  void write_index() { context_.registry().update(changed_, seen_); }

 private:
  void catch_up(Job& job);

  Context& context_;
  const Fd folder_;
  std::vector<Job> changed_;
  std::set<std::string> told_;  // UUIDs of records that can't be read
  std::string seen_;            // the mark of change when all was looked at
};

}  // namespace jobctl
