#include "program.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libexec/common/child.hpp"
#include "libexec/common/job_process.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

constexpr int cannot_start = 127;
constexpr int64_t longest_complaint = 4096;

// Why the child could not become the program; an end of file without one means that it could.
struct StartError {
  const char* step = nullptr;  // nullptr: exec
  int error = 0;
};

// A file instead of a pipe: whoever doesn't read its input gets no SIGPIPE, and who writes without end blocks
// nobody.
Fd memory_file(const char* name, const std::string& content) {
  Fd file(memfd_create(name, MFD_CLOEXEC));
  if (!file || !write_all(file.get(), content) || lseek(file.get(), 0, SEEK_SET) != 0)
    throw_errno("could not write what it is told", errno);
  return file;
}

[[noreturn]] void become(const JobSpec& spec, const Program& program, int input, int complaints, int failed) {
  setpgid(0, 0);
  dup2(input, STDIN_FILENO);
  if (complaints >= 0) dup2(complaints, STDERR_FILENO);
  StartError error;
  if (const Step* const step = become_user(spec)) {
    error = {step->name, errno};
  } else {
    // That the directory is gone may be what there is to tell.
    if (program.in_directory && chdir(spec.working_directory.c_str()) != 0) errno = 0;
    error = {nullptr, execute(program.argv, program.environment)};
  }
  write(failed, &error, sizeof error) < 0 ? _exit(cannot_start + 1) : _exit(cannot_start);
}

std::string in_words(const StartError& error, const Program& program) {
  const std::string name = program.argv.front();
  if (error.step) return "could not start " + name + ": " + error.step + ": " + errno_text(error.error);
  const bool searched = error.error == ENOENT && name.find('/') == std::string::npos;
  return "could not start " + name + ": " + errno_text(error.error) + (searched ? " (searched PATH)" : "");
}

std::string last_complaint(const Fd& file) {
  const int64_t size = file ? lseek(file.get(), 0, SEEK_END) : 0;
  const int64_t begin = std::max<int64_t>(0, size - longest_complaint);
  std::string text(static_cast<size_t>(size - begin), '\0');
  if (pread(file.get(), text.data(), text.size(), begin) < 0) return {};
  while (text.ends_with('\n')) text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

std::string in_words(int status, const std::string& complaint) {
  return status_in_words(status) + (complaint.empty() ? "" : ": " + complaint);
}

}  // namespace

Outcome run_program(const JobSpec& spec, const Program& program, Duration patience) {
  const std::string& name = program.argv.front();
  const Fd input = memory_file("input", program.input);
  const Fd complaints = program.is_known ? memory_file("complaints", "") : Fd();
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw_errno("could not create a pipe", errno);
  const Fd read_end(ends[0]);
  Fd write_end(ends[1]);
  const pid_t pid = fork();
  if (pid < 0) return {false, "could not start " + name + ": " + errno_text(errno)};
  if (pid == 0) become(spec, program, input.get(), complaints.get(), write_end.get());
  write_end.reset();
  StartError error;
  const bool is_started = read(read_end.get(), &error, sizeof error) != sizeof error;
  const auto status = wait_for_child(pid, patience);
  if (!is_started) return {false, in_words(error, program)};
  if (!status) return {false, name + ": not done within " + to_words(patience)};
  if (*status == 0) return {};
  return {false, name + ": " + in_words(*status, last_complaint(complaints))};
}

}  // namespace jobctl
