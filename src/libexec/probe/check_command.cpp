#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.hpp"
#include "job/job.hpp"
#include "libexec/common/job_process.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"

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

std::string in_words(int status) {
  if (WIFSIGNALED(status)) return "killed by " + signal_name(WTERMSIG(status));
  return "exit status " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

Answer check_command(const JobSpec& spec, const Argv& command, const std::vector<std::string>& environment,
                     Duration patience) {
  const pid_t pid = fork();
  if (pid < 0) return {false, command.front() + ": " + errno_text(errno)};
  if (pid == 0) become(spec, command, environment);
  const Fd handle(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  pollfd ended{handle.get(), POLLIN, 0};
  const bool in_time = poll(&ended, 1, static_cast<int>(patience.count() / 1000)) > 0;
  kill(-pid, SIGKILL);  // what it left behind, too
  if (!in_time) kill(pid, SIGKILL);
  int status = 0;
  waitpid(pid, &status, 0);
  if (!in_time) return {false, command.front() + ": no answer within " + to_words(patience)};
  return {WIFEXITED(status) && WEXITSTATUS(status) == 0, command.front() + ": " + in_words(status)};
}

}  // namespace jobctl
