#include "util/run_program.hpp"

#include <cerrno>
#include <cstdlib>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/error.hpp"
#include "util/fd.hpp"

namespace jobctl {

namespace {

constexpr unsigned most_seconds = 10;

}  // namespace

ProgramOutput run_program(const std::vector<std::string>& argv) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw_errno("could not create a pipe", errno);
  const Fd read_end(ends[0]);
  Fd write_end(ends[1]);
  const pid_t pid = fork();
  if (pid < 0) throw_errno("could not run " + argv.front(), errno);
  if (pid == 0) {
    std::vector<char*> words;
    for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    dup2(write_end.get(), STDOUT_FILENO);
    dup2(write_end.get(), STDERR_FILENO);
    setenv("LC_ALL", "C", 1);
    alarm(most_seconds);
    execvp(words.front(), words.data());
    _exit(127);
  }
  write_end.reset();
  ProgramOutput result;
  result.output = read_all(read_end.get(), "the output of " + argv.front());
  int status = 0;
  waitpid(pid, &status, 0);
  result.good = status == 0;
  return result;
}

}  // namespace jobctl
