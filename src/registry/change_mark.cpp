#include "registry/change_mark.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/random.h>

#include "util/number.hpp"

namespace jobctl {

namespace {

std::string path_of(const std::string& jobs_dir) {
  return jobs_dir + ".changed";
}

}  // namespace

Fd open_change_mark(const std::string& jobs_dir) {
  return Fd(open(path_of(jobs_dir).c_str(), O_CREAT | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0600));
}

// Random, so that no two changes make the same mark; one pwrite(2) of a few bytes, so that none is seen by
// halves.
void change_mark(const Fd& mark) {
  unsigned char bytes[16];
  if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes) return;
  std::string text;
  for (const unsigned char byte : bytes) text += to_hex(byte);
  while (pwrite(mark.get(), text.data(), text.size(), 0) < 0 && errno == EINTR) {
  }
}

std::string read_change_mark(const std::string& jobs_dir) {
  const Fd fd(open(path_of(jobs_dir).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  char text[64];
  const ssize_t size = fd ? read(fd.get(), text, sizeof text) : 0;
  return size > 0 ? std::string(text, static_cast<size_t>(size)) : std::string();
}

}  // namespace jobctl
