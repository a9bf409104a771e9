// Who may attach: the job's user and root.
#include <functional>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "terminal/attach_socket.hpp"
#include "unit/terminal/support.hpp"
#include "util/error.hpp"

namespace jobctl {
namespace {

// Runs `action` as another user; its result is the exit status.
int as_nobody(const std::function<int()>& action) {
  const pid_t child = fork();
  if (child == 0) _exit(setgid(65534) == 0 && setuid(65534) == 0 ? action() : 99);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}

class AttachSocketOfAnother : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root to be somebody else";
    std::filesystem::permissions(directory_.path(), std::filesystem::perms::all);
  }

  TemporaryDirectory directory_;
  std::string path_ = directory_ / "tty";
};

TEST_F(AttachSocketOfAnother, RefusesTerminalsOfOtherUsers) {
  const Fd listener = listen_attach(path_);
  EXPECT_EQ(as_nobody([&] {
              try {
                connect_attach(path_);
              } catch (const Error&) {
                return 3;
              }
              return 0;
            }),
            3)
      << "the file's mode";
  ASSERT_EQ(chmod(path_.c_str(), 0666), 0);
  EXPECT_EQ(as_nobody([&] { return connect_attach(path_) ? 0 : 1; }), 0) << "root's holder is trusted";
  ASSERT_TRUE(wait_readable(listener.get()));
  EXPECT_FALSE(accept_attach(listener.get()));
}

TEST_F(AttachSocketOfAnother, LetsRootAttach) {
  int pipe_fds[2];
  ASSERT_EQ(pipe(pipe_fds), 0);
  Fd ready(pipe_fds[0]), done(pipe_fds[1]);
  const pid_t holder = fork();
  if (holder == 0) {
    if (setgid(65534) < 0 || setuid(65534) < 0) _exit(99);
    const Fd listener = listen_attach(path_);
    write_all(done.get(), "x");
    if (!wait_readable(listener.get())) _exit(1);
    _exit(accept_attach(listener.get()) ? 0 : 2);
  }
  ASSERT_EQ(read_exactly(ready.get(), 1), "x");
  EXPECT_TRUE(connect_attach(path_));
  int status = 0;
  ASSERT_EQ(waitpid(holder, &status, 0), holder);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace jobctl
