// doctor: the history, in which nobody finds a line that is none.
#include <cerrno>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "commands/finding.hpp"
#include "output/words.hpp"
#include "registry/history_file.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"

namespace jobctl {

namespace {

// One that was set aside is blank. The last one may be half written.
std::vector<std::string_view> damaged_lines(std::string_view text) {
  std::vector<std::string_view> damaged;
  for (size_t begin = 0, end = 0; (end = text.find('\n', begin)) != std::string_view::npos; begin = end + 1) {
    const std::string_view line = text.substr(begin, end - begin);
    const bool is_blank = line.find_first_not_of(' ') == std::string_view::npos;
    if (!is_blank && !parse_history_entry(line)) damaged.push_back(line);
  }
  return damaged;
}

std::string damaged_path(const std::string& state_dir) {
  return history_path(state_dir) + ".damaged";
}

void keep(const std::vector<std::string_view>& lines, const std::string& path) {
  const Fd file(
      open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600));
  if (!file) throw_errno("could not open " + path, errno);
  require_regular(file, path);
  std::string text;
  for (const std::string_view line : lines) text.append(line).append("\n");
  if (!write_all(file.get(), text) || fdatasync(file.get()) != 0)
    throw_errno("could not write " + path, errno);
}

// Each is overwritten where it stands: no entry moves that a power cut could catch, and whoever waits to add
// one has the same file.
void set_lines_aside(const std::string& state_dir) {
  const std::string path = history_path(state_dir);
  const Fd file(open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file) throw_errno("could not open the history " + path, errno);
  require_regular(file, "the history " + path);
  while (flock(file.get(), LOCK_EX) != 0 && errno == EINTR) {
  }
  const std::string text = read_all(file.get(), path);
  const std::vector<std::string_view> lines = damaged_lines(text);
  keep(lines, damaged_path(state_dir));
  for (const std::string_view line : lines) {
    const std::string blank(line.size(), ' ');
    if (pwrite(file.get(), blank.data(), blank.size(), line.data() - text.data()) != ssize_t(blank.size()))
      throw_errno("could not write the history " + path, errno);
  }
}

}  // namespace

void check_history(Context& context, Findings& findings) {
  const std::string& state_dir = context.config().paths.state_dir;
  if (is_forbidden(history_path(state_dir))) return;
  const std::string text = history_text(state_dir);
  if (const size_t count = damaged_lines(text).size(); count > 0)
    findings.push_back(
        {"history",
         count_in_words(count, "line", "lines") + " of " + history_path(state_dir) + " can't be read",
         "jobctl doctor --fix", "what can't be read is kept in " + damaged_path(state_dir),
         [state_dir] { set_lines_aside(state_dir); }});
}

}  // namespace jobctl
