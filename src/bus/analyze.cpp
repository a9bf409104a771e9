#include "bus/analyze.hpp"

#include <cerrno>
#include <cstdlib>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/error.hpp"
#include "util/fd.hpp"
#include "util/text.hpp"

namespace jobctl {

Analysis analyze(const std::vector<std::string>& arguments) {
  static constexpr const char* program = "systemd-analyze";
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw_errno("could not create a pipe", errno);
  const Fd read_end(ends[0]);
  Fd write_end(ends[1]);
  const pid_t pid = fork();
  if (pid < 0) throw_errno(std::string("could not run ") + program, errno);
  if (pid == 0) {
    std::vector<char*> argv = {const_cast<char*>(program)};
    for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    dup2(write_end.get(), STDOUT_FILENO);
    dup2(write_end.get(), STDERR_FILENO);
    setenv("LC_ALL", "C", 1);
    execvp(program, argv.data());
    _exit(127);
  }
  write_end.reset();
  Analysis analysis;
  analysis.output = read_all(read_end.get(), std::string("the output of ") + program);
  int status = 0;
  waitpid(pid, &status, 0);
  analysis.good = status == 0;
  return analysis;
}

void check_calendar(const std::string& spec) {
  const Analysis analysis = analyze({"calendar", "--", spec});
  const std::string what = "--calendar \"" + printable_ascii(spec, 80) + "\": ";
  if (!analysis.good)
    throw Error(Errc::usage, what + "systemd takes it for no calendar event",
                "for example \"Mon..Fri 9:00\"; man systemd.time, or: systemd-analyze calendar");
  if (analysis.output.find("Next elapse: never") != std::string::npos)
    throw Error(Errc::usage, what + "it never comes again");
}

}  // namespace jobctl
