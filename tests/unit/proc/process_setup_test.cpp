#include "proc/process_setup.hpp"

#include <algorithm>
#include <filesystem>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace jobctl {
namespace {

using testing::Contains;
using testing::IsEmpty;

// Runs cat(1), which waits until it is told to end, in an environment of its own.
class Child {
 public:
  template <class Prepare>
  explicit Child(Prepare prepare) {
    int input[2], told[2];
    if (pipe2(input, O_CLOEXEC) != 0 || pipe2(told, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    pid_ = fork();
    if (pid_ == 0) {
      dup2(input[0], STDIN_FILENO);
      prepare();
      const char* const environment[] = {"A=1", "TWO=x\ny", "PATH=/bin:/usr/bin", nullptr};
      execle("/bin/cat", "cat", nullptr, environment);
      _exit(99);
    }
    input_ = input[1];
    close(input[0]), close(told[1]);
    char end = 0;
    if (read(told[0], &end, 1) != 0) throw std::runtime_error("exec");  // closed by the exec
    close(told[0]);
  }
  ~Child() {
    close(input_);
    waitpid(pid_, nullptr, 0);
  }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = 0;
  int input_ = -1;
};

void print_to(const std::string& path) {
  dup2(open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600), STDOUT_FILENO);
}

class ProcessSetupTest : public testing::Test {
 protected:
  ProcessSetupTest() { std::filesystem::create_directory(folder_); }
  ~ProcessSetupTest() override { std::filesystem::remove_all(folder_); }

  const std::string folder_ = "/tmp/jobctl-setup-" + std::to_string(getpid());
};

TEST_F(ProcessSetupTest, TellsWhatAProgramWasGiven) {
  const Child child([&] {
    if (chdir(folder_.c_str()) != 0) _exit(98);
    umask(027);
    const rlimit files{64, 128};
    setrlimit(RLIMIT_NOFILE, &files);
    print_to("out.log");
  });
  const ProcessSetup setup = read_process_setup(child.pid());
  EXPECT_THAT(setup.environment, testing::ElementsAre("A=1", "TWO=x\ny", "PATH=/bin:/usr/bin"));
  EXPECT_EQ(setup.umask, mode_t{027});
  EXPECT_EQ(setup.log, folder_ + "/out.log");
  EXPECT_EQ(setup.user.uid, geteuid());
  EXPECT_EQ(setup.user.gid, getegid());
  EXPECT_FALSE(setup.changes_user);
  const auto limit = std::find_if(setup.limits.begin(), setup.limits.end(),
                                  [](const ResourceLimit& one) { return one.resource == RLIMIT_NOFILE; });
  ASSERT_NE(limit, setup.limits.end());
  EXPECT_EQ(limit->soft, 64U);
  EXPECT_EQ(limit->hard, 128U);
}

TEST_F(ProcessSetupTest, WhatIsNoFileIsNoLog) {
  const Child terminal([] { print_to("/dev/null"); });
  EXPECT_THAT(read_process_setup(terminal.pid()).log, IsEmpty());
  EXPECT_EQ(read_process_setup(terminal.pid()).printed, "/dev/null");
  const Child deleted([&] {
    print_to(folder_ + "/gone");
    unlink((folder_ + "/gone").c_str());
  });
  EXPECT_THAT(read_process_setup(deleted.pid()).log, IsEmpty());
  const Child replaced([&] {
    print_to(folder_ + "/log");
    rename((folder_ + "/log").c_str(), (folder_ + "/log.1").c_str());
    close(open((folder_ + "/log").c_str(), O_CREAT | O_WRONLY, 0600));
  });
  EXPECT_EQ(read_process_setup(replaced.pid()).log, folder_ + "/log.1")
      << "the file, whatever it is called by now";
}

TEST_F(ProcessSetupTest, OfNobodyItIsEmpty) {
  const ProcessSetup setup = read_process_setup(0x7fffffff);
  EXPECT_THAT(setup.environment, IsEmpty());
  EXPECT_THAT(setup.log, IsEmpty());
  EXPECT_EQ(process_of_thread(0x7fffffff), 0);
  EXPECT_EQ(process_of_thread(getpid()), getpid());
}

}  // namespace
}  // namespace jobctl
