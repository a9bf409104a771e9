#include "commands/captured_stderr.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace jobctl {

CapturedStderr::CapturedStderr()
    : before_(fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)),
      captured_(memfd_create("jobctl-stderr", MFD_CLOEXEC)) {
  fcntl(captured_.get(), F_SETFL, O_APPEND);
  if (before_ && captured_) dup2(captured_.get(), STDERR_FILENO);
}

CapturedStderr::~CapturedStderr() {
  if (before_ && captured_) dup2(before_.get(), STDERR_FILENO);
}

std::string CapturedStderr::take() {
  std::string text(4096, '\0');
  const ssize_t n = pread(captured_.get(), text.data(), text.size(), 0);
  text.resize(n > 0 ? static_cast<size_t>(n) : 0);
  if (n > 0 && ftruncate(captured_.get(), 0) != 0) return {};
  return text.substr(0, text.find('\n'));
}

}  // namespace jobctl
