#include "util/fd.hpp"

#include <cerrno>
#include <filesystem>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/time.h>

#include "util/error.hpp"

namespace jobctl {
namespace {

bool is_open(int fd) {
  return fcntl(fd, F_GETFD) >= 0;
}

Fd open_null() {
  return Fd(open("/dev/null", O_RDWR | O_CLOEXEC));
}

struct Pipe {
  Fd reader, writer;

  Pipe() {
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) < 0) throw_errno("could not create a pipe", errno);
    reader = Fd(fds[0]);
    writer = Fd(fds[1]);
  }
};

class Files : public testing::Test {
 protected:
  Files() {
    char name[] = "/tmp/jobctl-fd-XXXXXX";
    directory_ = mkdtemp(name);
  }
  ~Files() override { std::filesystem::remove_all(directory_); }
  std::string path(const std::string& name) const { return directory_ + "/" + name; }

 private:
  std::string directory_;
};

TEST(Fd, ClosesAtTheEnd) {
  int number = -1;
  {
    const Fd fd = open_null();
    ASSERT_TRUE(fd);
    number = fd.get();
    EXPECT_TRUE(is_open(number));
  }
  EXPECT_FALSE(is_open(number));
}

TEST(Fd, IsEmptyAtFirst) {
  const Fd fd;
  EXPECT_FALSE(fd);
  EXPECT_EQ(fd.get(), -1);
}

TEST(Fd, MovesItsDescriptor) {
  Fd first = open_null();
  const int number = first.get();
  const Fd second = std::move(first);
  EXPECT_EQ(second.get(), number);
  EXPECT_FALSE(first);
  EXPECT_TRUE(is_open(number));
}

TEST(Fd, AssignmentClosesNothingThatIsStillUsed) {
  Fd first = open_null();
  const int number = first.get();
  int replaced = -1;
  {
    Fd second = open_null();
    replaced = second.get();
    second = std::move(first);
    EXPECT_EQ(second.get(), number);
    first.reset();
    EXPECT_FALSE(is_open(replaced));
    EXPECT_TRUE(is_open(number));
  }
  EXPECT_FALSE(is_open(number));
}

TEST(Fd, ReleaseGivesItAway) {
  Fd fd = open_null();
  const int number = fd.release();
  EXPECT_FALSE(fd);
  EXPECT_TRUE(is_open(number));
  close(number);
}

TEST_F(Files, ReadFileReadsEveryByte) {
  std::string bytes(100'000, '\0');
  for (size_t i = 0; i < bytes.size(); i++) bytes[i] = static_cast<char>(i * 7);
  const Fd fd(open(path("x").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  ASSERT_TRUE(write_all(fd.get(), bytes));
  EXPECT_EQ(read_file(path("x")), bytes);
  EXPECT_EQ(read_file_if_exists(path("x")), bytes);
}

TEST_F(Files, AMissingFileIsAnErrorOrNothing) {
  EXPECT_EQ(read_file_if_exists(path("none")), "");
  try {
    read_file(path("none"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.what(), "could not open " + path("none") + ": no such file or directory");
  }
}

TEST_F(Files, OtherErrorsAreErrorsEvenIfItNeedNotExist) {
  EXPECT_THROW(read_file_if_exists(path("")), Error);  // a directory
  const Fd fd(open(path("file").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  EXPECT_THROW(read_file_if_exists(path("file/below")), Error);
}

TEST(ReadAll, ReadsToTheEndOfAPipe) {
  Pipe pipe;
  const std::string bytes(1'000'000, 'x');
  std::thread writer([&] {
    write_all(pipe.writer.get(), bytes);
    pipe.writer.reset();
  });
  EXPECT_EQ(read_all(pipe.reader.get(), "a pipe"), bytes);
  writer.join();
}

TEST(WriteAll, WritesOverShortWritesAndSignals) {
  struct sigaction action {};
  struct sigaction old {};
  action.sa_handler = [](int) {};
  sigaction(SIGALRM, &action, &old);
  const itimerval timer = {{0, 1000}, {0, 1000}};
  setitimer(ITIMER_REAL, &timer, nullptr);

  Pipe pipe;
  const std::string bytes(4'000'000, 'x');
  std::string received;
  std::thread reader([&] { received = read_all(pipe.reader.get(), "a pipe"); });
  EXPECT_TRUE(write_all(pipe.writer.get(), bytes));
  pipe.writer.reset();
  reader.join();

  const itimerval off = {};
  setitimer(ITIMER_REAL, &off, nullptr);
  sigaction(SIGALRM, &old, nullptr);
  EXPECT_EQ(received, bytes);
}

TEST(WriteAll, FailsWithErrno) {
  const Fd full(open("/dev/full", O_WRONLY | O_CLOEXEC));
  ASSERT_TRUE(full);
  EXPECT_FALSE(write_all(full.get(), "x"));
  EXPECT_EQ(errno, ENOSPC);
}

TEST(WriteAll, NothingToWriteIsDone) {
  EXPECT_TRUE(write_all(-1, ""));
}

}  // namespace
}  // namespace jobctl
