#include "log_match.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "util/fd.hpp"

namespace jobctl {

namespace {

// A line without end is searched in parts.
constexpr size_t longest_line = 1 << 16;

}  // namespace

LogMatch::LogMatch(std::string path, int64_t offset, const std::string& pattern)
    : path_(std::move(path)), offset_(offset) {
  regcomp(&regex_, pattern.c_str(), REG_EXTENDED | REG_NOSUB);
}

bool LogMatch::matches(const std::string& line) const {
  return regexec(&regex_, line.c_str(), 0, nullptr, 0) == 0;
}

Answer LogMatch::look() {
  const Answer nothing{false, "no line of " + path_ + " matches"};
  const Fd file(open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!file) return {false, path_ + " is not there"};
  if (lseek(file.get(), 0, SEEK_END) < offset_) offset_ = 0;  // it was truncated
  char buffer[65536];
  for (ssize_t n; (n = pread(file.get(), buffer, sizeof buffer, offset_)) > 0; offset_ += n) {
    for (const char c : std::string_view(buffer, static_cast<size_t>(n))) {
      const bool is_end = c == '\n' || c == '\r' || line_.size() >= longest_line;
      if (is_end && matches(line_)) return {true, "a line of the log matches"};
      if (is_end) line_.clear();
      if (c != '\n' && c != '\r' && c != '\0') line_ += c;
    }
  }
  return !line_.empty() && matches(line_) ? Answer{true, "a line of the log matches"} : nothing;
}

}  // namespace jobctl
