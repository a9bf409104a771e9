#include "registry/history_file.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "util/directories.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

[[noreturn]] void throw_unwritten(const std::string& path, int error) {
  throw Error(Errc::failed, "could not write the history " + path + ": " + errno_text(error),
              error == ENOSPC || error == EDQUOT ? "logs make room for it: jobctl flush --logs" : "");
}

// Of an appender that was cut short by a power cut, so that its half doesn't swallow what comes.
bool ends_within_a_line(const Fd& file, off_t size) {
  char last = '\n';
  return size > 0 && pread(file.get(), &last, 1, size - 1) == 1 && last != '\n';
}

}  // namespace

std::string history_path(const std::string& state_dir) {
  return state_dir + "/history";
}

void append_history(const std::string& state_dir, const std::vector<HistoryEntry>& entries) {
  if (entries.empty()) return;
  make_directories(state_dir);
  const std::string path = history_path(state_dir);
  const Fd file(open(path.c_str(), O_CREAT | O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600));
  if (!file) throw_unwritten(path, errno);
  require_regular(file, "the history " + path);
  while (flock(file.get(), LOCK_EX) != 0 && errno == EINTR) {
  }
  const off_t size = lseek(file.get(), 0, SEEK_END);
  std::string lines = ends_within_a_line(file, size) ? "\n" : "";
  for (const HistoryEntry& entry : entries) lines += to_line(entry) + "\n";
  if (write_all(file.get(), lines) && fdatasync(file.get()) == 0) return;
  const int error = errno;
  if (ftruncate(file.get(), size) != 0) throw_unwritten(path, error);
  throw_unwritten(path, error);
}

std::string history_text(const std::string& state_dir) {
  const std::string path = history_path(state_dir);
  const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file && errno == ENOENT) return {};
  if (!file) throw_errno("could not open the history " + path, errno);
  require_regular(file, "the history " + path);
  return read_all(file.get(), path);
}

std::vector<HistoryEntry> read_history(const std::string& state_dir) {
  const std::string text = history_text(state_dir);
  std::vector<HistoryEntry> entries;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    if (auto entry = parse_history_entry(std::string_view(text).substr(begin, end - begin)))
      entries.push_back(std::move(*entry));
    begin = end + 1;
  }
  return entries;
}

}  // namespace jobctl
