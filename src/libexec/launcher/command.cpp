#include "command.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "setup.hpp"
#include "terminal/pty.hpp"

namespace jobctl {

namespace {

// What the child tells over a close-on-exec pipe when it doesn't get as far as the program.
struct ChildFailure {
  Step step;  // its name is a literal: the same address in parent and child
  int error;
  bool is_there = false;  // the program, as far as its directory tells
};

[[noreturn]] void give_up(int report, const ChildFailure& failure) {
  if (write(report, &failure, sizeof failure) < 0) _exit(1);
  _exit(failure.step.status);
}

[[noreturn]] void become_command(const Launch& launch, const Argv& argv,
                                 const std::vector<std::string>& environment, int slave, int report) {
  if (!launch.enter_payload()) give_up(report, {{"cgroup", 219}, errno});
  if (slave >= 0) {
    try {
      make_controlling_terminal(slave);
    } catch (const std::exception&) {
      give_up(report, {{"terminal", 208}, errno});
    }
    for (int fd = 0; fd <= 2; ++fd) dup2(slave, fd);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (const Step* failed = become_user_in_directory(launch.spec())) give_up(report, {*failed, errno});
  const int error = execute(argv, environment);
  give_up(report, {{"exec", 203}, error, is_there(argv)});
}

}  // namespace

pid_t spawn_command(const Launch& launch, const Argv& argv, const std::vector<std::string>& environment,
                    int slave) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw StartFailure{"exec", errno, argv.front(), 203, {}};
  const Fd read_end(ends[0]);
  Fd write_end(ends[1]);
  const pid_t pid = fork();
  if (pid < 0) throw StartFailure{"exec", errno, argv.front(), 203, {}};
  if (pid == 0) become_command(launch, argv, environment, slave, write_end.get());
  write_end.reset();
  ChildFailure failure{};
  ssize_t n = 0;
  while ((n = read(read_end.get(), &failure, sizeof failure)) < 0 && errno == EINTR) {
  }
  if (n != sizeof failure) return pid;
  waitpid(pid, nullptr, 0);
  if (strcmp(failure.step.name, "exec") == 0) throw exec_failure(argv, failure.error, failure.is_there);
  throw step_failure(launch.spec(), failure.step, failure.error);
}

}  // namespace jobctl
