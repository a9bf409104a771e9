#include "proc/read.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>

#include <fcntl.h>
#include <unistd.h>

#include "util/fd.hpp"
#include "util/number.hpp"

namespace jobctl {

std::optional<std::string> read_small_file(const std::string& path, size_t limit) {
  const Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return std::nullopt;
  std::string data;
  while (data.size() < limit) {
    char buffer[4096];
    const ssize_t n = read(fd.get(), buffer, std::min(sizeof buffer, limit - data.size()));
    if (n == 0) break;
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::nullopt;
    data.append(buffer, static_cast<size_t>(n));
  }
  return data;
}

std::string read_link(const std::string& path) {
  char target[PATH_MAX];
  const ssize_t length = readlink(path.c_str(), target, sizeof target);
  return length > 0 ? std::string(target, static_cast<size_t>(length)) : "";
}

std::optional<uint64_t> file_number(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  return parse_number<uint64_t>(text);
}

std::optional<uint64_t> keyed_number(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.size() > key.size() && line.starts_with(key) && line[key.size()] == ' ')
      return file_number(line.substr(key.size() + 1));
  }
  return std::nullopt;
}

std::string_view take_line(std::string_view& text) {
  const size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

}  // namespace jobctl
