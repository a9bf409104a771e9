#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

#include "check.hpp"
#include "libexec/common/child.hpp"
#include "libexec/common/job_process.hpp"
#include "util/error.hpp"

namespace jobctl {

namespace {

constexpr int cannot_start = 127;

[[noreturn]] void become(const JobSpec& spec, const Argv& command,
                         const std::vector<std::string>& environment) {
  setpgid(0, 0);
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; fd <= 2; ++fd) dup2(null, fd);
  if (become_user_in_directory(spec)) _exit(cannot_start);
  execute(command, environment);
  _exit(cannot_start);
}

}  // namespace

Answer check_command(const JobSpec& spec, const Argv& command, const std::vector<std::string>& environment,
                     Duration patience) {
  const pid_t pid = fork();
  if (pid < 0) return {false, command.front() + ": " + errno_text(errno)};
  if (pid == 0) become(spec, command, environment);
  const auto status = wait_for_child(pid, patience);
  if (!status) return {false, command.front() + ": no answer within " + to_words(patience)};
  return {*status == 0, command.front() + ": " + status_in_words(*status)};
}

}  // namespace jobctl
