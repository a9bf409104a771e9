// What a job prints, wherever it is kept: in its log file, in the file that it writes itself, in the journal.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "commands/context.hpp"

namespace jobctl {

// Which part of the output.
struct OutputRange {
  std::optional<int64_t> lines;   // only the last ones
  std::optional<Time> since;      // where the source has times
  std::optional<int> run;         // one run's; else all
  bool follow = false;            // more is waited for
  std::optional<int64_t> offset;  // from here on (bytes of a file)
};

class JobOutput {
 public:
  virtual ~JobOutput() = default;

  // For a poll loop: the descriptor becomes readable, or the time is over, when there may be more.
  virtual int poll_fd() = 0;
  virtual int timeout_ms() = 0;

  // Appends what there is, a bounded piece at a time (one line of a journal). False when there is no more for
  // now.
  virtual bool read_more(std::string& buffer) = 0;

  // When the line that was read last came, where the source knows.
  virtual std::optional<Time> time() const { return std::nullopt; }
};

// Throws Error where the output can't be read, or has no times and some were asked for.
std::unique_ptr<JobOutput> open_output(Context& context, const Job& job, const OutputRange& range);

}  // namespace jobctl
