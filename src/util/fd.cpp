#include "util/fd.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>

#include "util/error.hpp"

namespace jobctl {

std::string read_all(int fd, const std::string& path) {
  std::string data;
  for (;;) {
    char buffer[16384];
    const ssize_t n = read(fd, buffer, sizeof buffer);
    if (n > 0) data.append(buffer, static_cast<size_t>(n));
    if (n == 0) return data;
    if (n < 0 && errno != EINTR) throw_errno("could not read " + path, errno);
  }
}

std::string read_file(const std::string& path) {
  const Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) throw_errno("could not open " + path, errno);
  return read_all(fd.get(), path);
}

void require_regular(const Fd& fd, const std::string& what) {
  struct stat info {};
  if (fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode))
    throw Error(Errc::failed, what + " can't be read: it is no regular file");
}

std::string read_file_if_exists(const std::string& path) {
  const Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd && errno == ENOENT) return {};
  if (!fd) throw_errno("could not open " + path, errno);
  return read_all(fd.get(), path);
}

void write_file(const std::string& path, std::string_view text, mode_t mode) {
  const Fd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode));
  if (!fd || !write_all(fd.get(), text)) throw_errno("could not write " + path, errno);
}

bool write_all(int fd, std::string_view data) {
  while (!data.empty()) {
    const ssize_t n = write(fd, data.data(), data.size());
    if (n > 0) data.remove_prefix(static_cast<size_t>(n));
    if (n < 0 && errno != EINTR) return false;
  }
  return true;
}

}  // namespace jobctl
