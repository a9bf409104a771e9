#include "log_lines.hpp"

#include <algorithm>

#include <fcntl.h>
#include <sys/stat.h>

#include "journal/reader.hpp"
#include "log/tail.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

// One "line" may be a progress bar's whole life.
constexpr int64_t most_bytes = 1 << 16;

std::vector<std::string> lines_of(std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  if (text.empty()) return {};
  std::vector<std::string> lines = split(valid_utf8(text), '\n');
  for (std::string& line : lines)
    if (line.ends_with('\r')) line.pop_back();  // a terminal's
  return lines;
}

std::vector<std::string> of_file(const std::string& path, int64_t begin, std::optional<int64_t> end) {
  const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  struct stat info {};
  if (!file || fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) return {};
  const int64_t size = std::min<int64_t>(info.st_size, end.value_or(info.st_size));
  if (begin > size) begin = 0;  // it was truncated
  begin = std::max(tail_offset(file.get(), told_lines, begin, size), size - most_bytes);
  std::string text(static_cast<size_t>(size - begin), '\0');
  const ssize_t n = pread(file.get(), text.data(), text.size(), begin);
  text.resize(static_cast<size_t>(std::max<ssize_t>(n, 0)));
  return lines_of(std::move(text));
}

std::vector<std::string> of_journal(const JobSpec& spec, const Run& run) {
  if (run.invocation_id.empty()) return {};
  JournalReader reader(uses_system_manager(spec), {run.invocation_id});
  reader.seek_last(told_lines);
  std::string text;
  while (const auto line = reader.next()) text += line->bytes + (line->continues ? "" : "\n");
  return lines_of(std::move(text));
}

}  // namespace

std::vector<std::string> last_lines(const JobSpec& spec, const Run& run, std::optional<int64_t> end) try {
  if (!spec.own_log.empty()) return of_file(spec.own_log, 0, {});
  if (spec.log_kind == LogKind::journal) return of_journal(spec, run);
  return of_file(spec.log_file, run.log_offset, end);
} catch (const Error&) {
  return {};  // a job's end is told with or without them
}

}  // namespace jobctl
