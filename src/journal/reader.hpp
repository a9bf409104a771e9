// The output of a job that journald keeps (--journal): the lines that the job's runs wrote to stdout and
// stderr. journald doesn't tell the two apart and drops empty lines. Rests on sd-journal(3).
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "journal/sd.hpp"
#include "util/time.hpp"

namespace jobctl {

struct JournalLine {
  Time time;               // when journald got it
  std::string bytes;       // without its newline
  int priority = 6;        // syslog(3); from a "<3>" that began the line, see sd-daemon(3)
  bool continues = false;  // journald cut a long line (48 KiB) here: the next one goes on
};

// A fresh reader begins at the oldest line. To follow: fd() first, then next() until it has no more, poll(2)
// on fd() for events() with poll_timeout(), process(), next() again.
class JournalReader {
 public:
  // Reads the runs with these INVOCATION_IDs (32 hex digits), of this machine's system manager or of the
  // user's. Throws Error where the journal can't be read.
  JournalReader(bool system, const std::vector<std::string>& invocation_ids);

  void seek_last(size_t count);  // the next line is the first of the last `count`; 0: what comes from now on
  void seek_since(Time time);    // the next line is the first since then

  // nullopt: no more for now.
  std::optional<JournalLine> next();

  int fd();
  short events();
  int poll_timeout();  // milliseconds, -1 for ever

  // After poll: takes note of the changes. False if there were none.
  bool process();

 private:
  struct Close {
    void operator()(sd_journal* journal) const { sd_journal_close(journal); }
  };

  void match(const std::vector<std::string>& invocation_ids);
  bool advance();
  std::optional<std::string> field(const char* name);

  std::unique_ptr<sd_journal, Close> journal_;
  bool has_runs_;
  bool at_entry_ = false;  // a seek stands on the line that next() is to return
};

}  // namespace jobctl
