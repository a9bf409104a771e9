// A writer process against a follower, at full speed: nothing may be lost, nothing may come twice.
#include <algorithm>
#include <array>
#include <atomic>
#include <random>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "unit/log/follow.hpp"

namespace jobctl {
namespace {

// The n-th byte that the writer writes, so that each side knows the whole stream.
char stream_byte(uint64_t n) {
  n = (n ^ (n >> 30)) * 0xbf58476d1ce4e5b9U;
  n = (n ^ (n >> 27)) * 0x94d049bb133111ebU;
  return static_cast<char>(n ^ (n >> 31));
}

// What the follower has read, for the writer to see: what it hasn't read must not be emptied or replaced
// twice.
struct Progress {
  std::atomic<uint64_t> read = 0;
};

Progress* share_progress() {
  void* memory = mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return new (memory) Progress;
}

class Writer {
 public:
  Writer(std::string path, Progress& progress, unsigned seed)
      : path_(std::move(path)), progress_(progress), random_(seed) {
    reopen();
  }

  [[noreturn]] void run(uint64_t total) {
    while (written_ < total) {
      write_chunk(total);
      const unsigned dice = random_() % 64;
      if (dice == 0) empty_file();
      if (dice == 1) rename_file();
      if (dice == 2) remove_file();
      if (dice == 3) rename_over();
      if (dice > 56) sched_yield();
    }
    _exit(0);
  }

  // Writes just when the follower has read everything and is about to wait.
  [[noreturn]] void run_in_steps(uint64_t total) {
    while (written_ < total) {
      write_chunk(written_ + 1);
      wait_until_read(written_);
      for (unsigned n = random_() % 1024; n > 0; n--) std::atomic_signal_fence(std::memory_order_seq_cst);
    }
    _exit(0);
  }

 private:
  void reopen() {
    file_ = open_file(path_, O_WRONLY | O_CREAT | O_APPEND);
    began_ = written_;
  }

  void write_chunk(uint64_t total) {
    std::string chunk(
        std::min<uint64_t>(1 + random_() % (random_() % 16 == 0 ? 200'000 : 300), total - written_), 0);
    for (char& byte : chunk) byte = stream_byte(written_++);
    if (!write_all(file_.get(), chunk)) _exit(1);
  }

  void wait_until_read(uint64_t count) const {
    while (progress_.read < count) sched_yield();
  }

  void empty_file() {
    wait_until_read(written_);
    if (ftruncate(file_.get(), 0) < 0) _exit(2);
  }

  // The follower has begun with this file, so it can't miss it for its successor.
  void wait_until_begun() const { wait_until_read(began_ + 1); }

  void rename_file() {
    wait_until_begun();
    std::filesystem::rename(path_, path_ + ".1");
    write_chunk(written_ + 1000);
    reopen();
  }

  void remove_file() {
    wait_until_begun();
    std::filesystem::remove(path_);
    if (random_() % 2 == 0) write_chunk(written_ + 1000);
    reopen();
  }

  void rename_over() {
    wait_until_begun();
    const Fd old = std::move(file_);
    file_ = open_file(path_ + ".new", O_WRONLY | O_CREAT | O_APPEND);
    began_ = written_;
    write_chunk(written_ + 1000);
    std::filesystem::rename(path_ + ".new", path_);
  }

  std::string path_;
  Progress& progress_;
  std::mt19937 random_;
  Fd file_;
  uint64_t written_ = 0;
  uint64_t began_ = 0;  // written_ when the present file was created
};

class FollowerRace : public testing::TestWithParam<FileWatch::Use> {
 protected:
  ~FollowerRace() override {
    if (writer_ > 0) kill(writer_, SIGKILL);
    if (writer_ > 0) waitpid(writer_, nullptr, 0);
    munmap(progress_, sizeof *progress_);
  }

  void start_writer(void (Writer::*run)(uint64_t), uint64_t total) {
    writer_ = fork();
    ASSERT_GE(writer_, 0);
    if (writer_ != 0) return;
    Writer writer(path_, *progress_, 20261118);
    (writer.*run)(total);
  }

  // Compares with the stream as it comes; false at the first wrong byte.
  bool check(const std::string& bytes) {
    for (const char byte : bytes)
      if (byte != stream_byte(progress_->read++)) return false;
    return true;
  }

  TemporaryDirectory directory_{"/dev/shm"};
  std::string path_ = directory_ / "x.log";
  Progress* progress_ = share_progress();
  pid_t writer_ = 0;
  Clock::time_point deadline_ = Clock::now() + patience;
};

INSTANTIATE_TEST_SUITE_P(, FollowerRace, testing::Values(FileWatch::Use::inotify, FileWatch::Use::nothing),
                         name_of);

TEST_P(FollowerRace, LosesAndDoublesNothing) {
  const uint64_t total = GetParam() == FileWatch::Use::inotify ? 20'000'000 : 2'000'000;
  start_writer(&Writer::run, total);
  Follower follower(path_, GetParam());
  std::array<int, 4> seen{};
  std::string buffer;
  while (progress_->read < total) {
    ASSERT_TRUE(wait_for(follower, deadline_)) << "not woken after byte " << progress_->read;
    buffer.clear();
    seen[static_cast<size_t>(follower.read_more(buffer))]++;
    ASSERT_TRUE(check(buffer)) << "wrong byte " << progress_->read - 1;
  }
  EXPECT_EQ(follower.read_more(buffer = ""), Change::none);
  EXPECT_GT(seen[static_cast<size_t>(Change::truncated)], 0);
  EXPECT_GT(seen[static_cast<size_t>(Change::replaced)], 0);
}

using FollowerWakeup = FollowerRace;
INSTANTIATE_TEST_SUITE_P(inotify, FollowerWakeup, testing::Values(FileWatch::Use::inotify));

TEST_P(FollowerWakeup, ComesAfterEveryWrite) {
  constexpr uint64_t total = 20'000;
  start_writer(&Writer::run_in_steps, total);
  Follower follower(path_);
  std::string buffer;
  while (progress_->read < total) {
    ASSERT_TRUE(wait_for(follower, deadline_)) << "not woken after byte " << progress_->read;
    buffer.clear();
    follower.read_more(buffer);
    ASSERT_TRUE(check(buffer));
  }
}

}  // namespace
}  // namespace jobctl
