#include "commands/background_verb.hpp"

#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/error.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

// What a process is given when it begins; posix_spawn(3).
class Beginning {
 public:
  explicit Beginning(int output) {
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, output, STDERR_FILENO);
    sigset_t none, pipe;
    sigemptyset(&none);
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &pipe);
    // Ctrl+C and Ctrl+Z are meant for us.
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  Beginning(const Beginning&) = delete;
  Beginning& operator=(const Beginning&) = delete;
  ~Beginning() {
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
  }

  posix_spawn_file_actions_t files{};
  posix_spawnattr_t attributes{};
};

}  // namespace

// Not a pipe: nobody reads it any more when we have ended first.
BackgroundVerb::BackgroundVerb(const std::vector<std::string>& arguments)
    : output_(memfd_create("jobctl-output", MFD_CLOEXEC)) {
  if (!output_) throw_errno("could not make room for output", errno);
  fcntl(output_.get(), F_SETFL, O_APPEND);
  std::vector<std::string> words = {"jobctl"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const Beginning beginning(output_.get());
  if (const int error =
          posix_spawn(&pid_, "/proc/self/exe", &beginning.files, &beginning.attributes, argv.data(), environ))
    throw_errno("could not run jobctl " + arguments.front(), error);
}

std::string BackgroundVerb::output() const {
  std::string text(4096, '\0');
  const ssize_t n = pread(output_.get(), text.data(), text.size(), 0);
  text.resize(n > 0 ? static_cast<size_t>(n) : 0);
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

std::optional<std::string> BackgroundVerb::take_result() {
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) != pid_) return std::nullopt;
  const std::vector<std::string> lines = split(output(), '\n');
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? lines.back() : lines.front();
}

}  // namespace jobctl
