#include "registry/history_file.hpp"

#include <algorithm>
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

// Where the last whole line ends.
off_t end_of_lines(const Fd& file, const std::string& path) {
  char block[4096];
  off_t end = lseek(file.get(), 0, SEEK_END);
  while (end > 0) {
    const off_t begin = std::max<off_t>(0, end - static_cast<off_t>(sizeof block));
    const ssize_t size = pread(file.get(), block, static_cast<size_t>(end - begin), begin);
    if (size <= 0) throw_unwritten(path, size < 0 ? errno : EIO);
    const std::string_view text(block, static_cast<size_t>(size));
    if (const size_t last = text.rfind('\n'); last != std::string_view::npos)
      return begin + static_cast<off_t>(last) + 1;
    end = begin;
  }
  return 0;
}

// An empty one where there is none.
Fd open_history(const std::string& path) {
  Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file && errno == ENOENT) return file;
  if (!file) throw_errno("could not open the history " + path, errno);
  require_regular(file, "the history " + path);
  return file;
}

template <class Take>
void for_each_line(const Fd& file, const std::string& path, Take take) {
  constexpr size_t block = 1 << 18;
  std::string text;
  for (ssize_t size = 1; size != 0;) {
    const size_t kept = text.size();
    text.resize(kept + block);
    size = read(file.get(), text.data() + kept, block);
    if (size < 0 && errno != EINTR) throw_errno("could not read the history " + path, errno);
    text.resize(kept + static_cast<size_t>(std::max<ssize_t>(0, size)));
    size_t begin = 0;
    for (size_t end = 0; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1)
      take(std::string_view(text).substr(begin, end - begin));
    text.erase(0, begin);
  }
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
  const off_t size = end_of_lines(file, path);
  if (ftruncate(file.get(), size) != 0) throw_unwritten(path, errno);
  std::string lines;
  for (const HistoryEntry& entry : entries) lines += to_line(entry) + "\n";
  if (write_all(file.get(), lines) && fdatasync(file.get()) == 0) return;
  const int error = errno;
  if (ftruncate(file.get(), size) != 0) throw_unwritten(path, error);
  throw_unwritten(path, error);
}

std::string history_text(const std::string& state_dir) {
  const std::string path = history_path(state_dir);
  const Fd file = open_history(path);
  return file ? read_all(file.get(), path) : "";
}

void read_history(const std::string& state_dir, const std::function<bool(Time)>& is_wanted,
                  const std::function<void(HistoryEntry)>& take) {
  const std::string path = history_path(state_dir);
  const Fd file = open_history(path);
  if (!file) return;
  for_each_line(file, path, [&](std::string_view line) {
    const auto time = time_of_history_entry(line);
    if (!time || !is_wanted(*time)) return;
    if (auto entry = parse_history_entry(line)) take(std::move(*entry));
  });
}

std::vector<HistoryEntry> read_history(const std::string& state_dir) {
  std::vector<HistoryEntry> entries;
  read_history(
      state_dir, [](Time) { return true; }, [&](HistoryEntry entry) { entries.push_back(std::move(entry)); });
  return entries;
}

}  // namespace jobctl
