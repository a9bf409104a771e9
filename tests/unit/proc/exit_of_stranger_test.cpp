#include "proc/exit_of_stranger.hpp"

#include <csignal>

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proc/pidfd.hpp"

namespace jobctl {
namespace {

// A process that ends as `body` does, seen as by somebody else than its parent.
class Stranger {
 public:
  template <class Body>
  explicit Stranger(Body body) {
    int ends[2];
    if (pipe(ends) != 0) throw std::runtime_error("pipe");
    pid_ = fork();
    if (pid_ == 0) {
      char go = 0;
      if (read(ends[0], &go, 1) == 1) body();
      _exit(99);
    }
    handle_ = open_pidfd(pid_);
    process_ = *read_process(pid_);
    if (write(ends[1], "x", 1) != 1) throw std::runtime_error("write");
    close(ends[0]), close(ends[1]);
    pollfd ended{handle_.get(), POLLIN, 0};
    poll(&ended, 1, -1);
  }
  ~Stranger() { reap(); }

  void reap() { waitpid(pid_, nullptr, 0); }
  std::optional<int> status() const { return exit_of_stranger(handle_, process_); }
  const Process& process() const { return process_; }

 private:
  pid_t pid_ = 0;
  Fd handle_;
  Process process_;
};

bool kernel_tells() {
  utsname name{};
  uname(&name);
  int major = 0, minor = 0;
  sscanf(name.release, "%d.%d", &major, &minor);
  return std::pair(major, minor) >= std::pair(6, 15);
}

TEST(ExitOfStranger, IsSeenUntilTheParentHasAsked) {
  for (const int code : {0, 1, 7, 255}) {
    const Stranger stranger([code] { _exit(code); });
    const auto status = stranger.status();
    ASSERT_TRUE(status.has_value());
    EXPECT_TRUE(WIFEXITED(*status));
    EXPECT_EQ(WEXITSTATUS(*status), code);
  }
}

TEST(ExitOfStranger, TellsSignals) {
  const Stranger stranger([] { raise(SIGKILL); });
  const auto status = stranger.status();
  ASSERT_TRUE(status.has_value());
  EXPECT_TRUE(WIFSIGNALED(*status));
  EXPECT_EQ(WTERMSIG(*status), SIGKILL);
}

TEST(ExitOfStranger, IsKnownAfterwardsWhereTheKernelTells) {
  Stranger stranger([] { _exit(7); });
  stranger.reap();
  const auto status = stranger.status();
  ASSERT_EQ(status.has_value(), kernel_tells());
  if (status) {
    EXPECT_EQ(WEXITSTATUS(*status), 7);
  }
}

TEST(ExitOfStranger, AnotherWithItsPidIsNotTheSame) {
  Stranger stranger([] { _exit(7); });
  Process other = stranger.process();
  ++other.start_ticks;
  const Fd own = open_pidfd(getpid());
  EXPECT_EQ(exit_of_stranger(own, other), std::nullopt);
}

}  // namespace
}  // namespace jobctl
