// The lines of a log that is being written, searched for one that matches.
#pragma once

#include <string>

#include <regex.h>

#include "check.hpp"

namespace jobctl {

class LogMatch {
 public:
  // `offset`: where the search begins. The pattern is an extended regular expression, regex(7), that
  // compiles.
  LogMatch(std::string path, int64_t offset, const std::string& pattern);
  ~LogMatch() { regfree(&regex_); }
  LogMatch(const LogMatch&) = delete;
  LogMatch& operator=(const LogMatch&) = delete;

  // Reads on from where the last look ended. The last line counts although it may go on.
  Answer look();

 private:
  bool matches(const std::string& line) const;

  const std::string path_;
  int64_t offset_;
  std::string line_;  // begun, not ended
  regex_t regex_{};
};

}  // namespace jobctl
