#include "log/follower.hpp"

#include <sys/stat.h>

#include "unit/log/follow.hpp"
#include "util/error.hpp"

namespace jobctl {
namespace {

INSTANTIATE_TEST_SUITE_P(, Follow, testing::Values(FileWatch::Use::inotify, FileWatch::Use::nothing),
                         name_of);

TEST_P(Follow, ReadsWhatIsThereAndWhatComes) {
  append(path_, "one\n");
  Follower follower = follow();
  EXPECT_EQ(follower.timeout_ms(), 0);
  EXPECT_EQ(read_now(follower), "one\n");
  append(path_, "two\n");
  EXPECT_EQ(read_until(follower, 4), "two\n");
  EXPECT_EQ(follower.offset(), 8);
}

TEST_P(Follow, AppendsABoundedChunk) {
  append(path_, std::string(200'000, 'x'));
  Follower follower = follow();
  std::string buffer = "before";
  EXPECT_EQ(follower.read_more(buffer), Change::data);
  EXPECT_EQ(buffer.size(), 6U + (64U << 10));
  EXPECT_EQ(buffer.substr(0, 7), "beforex");
  EXPECT_EQ(follower.timeout_ms(), 0) << "there is more, and nothing will tell";
}

TEST_P(Follow, LeavesTheBufferAloneWhenNothingCame) {
  append(path_, "");
  Follower follower = follow();
  std::string buffer = "before";
  EXPECT_EQ(follower.read_more(buffer), Change::none);
  EXPECT_EQ(buffer, "before");
}

TEST_P(Follow, BeginsWhereItIsTold) {
  append(path_, "one\ntwo\nthree\n");
  Follower follower = follow();
  follower.seek(8);
  EXPECT_EQ(read_now(follower), "three\n");
  follower.seek(4);
  EXPECT_EQ(read_now(follower), "two\nthree\n");
}

TEST_P(Follow, BeginsAgainWhenItIsToldAPlaceBeyondTheEnd) {
  append(path_, "one\n");
  Follower follower = follow();
  follower.seek(100);
  Changes changes;
  EXPECT_EQ(read_now(follower, &changes), "one\n");
  EXPECT_EQ(changes, (Changes{Change::truncated, Change::data}));
}

TEST_P(Follow, WaitsForAFileThatIsNotThereYet) {
  Follower follower = follow();
  EXPECT_EQ(follower.fd(), -1);
  EXPECT_EQ(read_now(follower), "");
  append(path_, "born\n");
  EXPECT_EQ(read_until(follower, 5), "born\n");
}

TEST_P(Follow, WaitsForADirectoryThatIsNotThereYet) {
  path_ = directory_ / "type/x.log";
  Follower follower = follow();
  EXPECT_EQ(read_now(follower), "");
  EXPECT_GE(follower.timeout_ms(), 0) << "nothing tells that a directory appeared";
  std::filesystem::create_directory(directory_ / "type");
  append(path_, "born\n");
  EXPECT_EQ(read_until(follower, 5), "born\n");
}

TEST_P(Follow, FollowsALinkWhoseFileComesLater) {
  std::filesystem::create_directory(directory_ / "elsewhere");
  std::filesystem::create_symlink("elsewhere/1", path_);
  Follower follower = follow();
  EXPECT_EQ(read_now(follower), "");
  append(directory_ / "elsewhere/1", "born\n");
  EXPECT_EQ(read_until(follower, 5), "born\n");
}

TEST_P(Follow, RefusesWhatIsNotAFile) {
  std::filesystem::create_directory(path_);
  EXPECT_THROW(follow(), Error);
  std::filesystem::remove(path_);
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  EXPECT_THROW(follow(), Error);
}

TEST_P(Follow, TakesTheNullDeviceForAnEmptyLog) {
  path_ = "/dev/null";
  Follower follower = follow();
  EXPECT_EQ(read_now(follower), "");
}

TEST_P(Follow, ReadsBytesNotText) {
  std::string bytes;
  for (int i = 0; i < 1024; i++) bytes += static_cast<char>(i);
  append(path_, bytes);
  Follower follower = follow();
  EXPECT_EQ(read_now(follower), bytes);
}

TEST(Follower, SleepsUntilSomethingHappensOnALocalFileSystem) {
  const TemporaryDirectory directory("/dev/shm");
  append(directory / "x.log", "one\n");
  Follower follower(directory / "x.log");
  std::string buffer;
  while (follower.read_more(buffer) != Change::none) continue;
  EXPECT_EQ(follower.timeout_ms(), -1);
}

TEST(Follower, LooksFromTimeToTimeWhereNothingTellsOfChanges) {
  Follower follower("/proc/self/stat");  // no write to it is ever seen by inotify
  std::string buffer;
  EXPECT_EQ(follower.read_more(buffer), Change::data);
  follower.seek(0);
  EXPECT_EQ(follower.timeout_ms(), 0);
  Follower absent("/proc/self/no-such-file");
  EXPECT_EQ(absent.read_more(buffer), Change::none);
  EXPECT_GT(absent.timeout_ms(), 0);
  EXPECT_LE(absent.timeout_ms(), 100);
}

}  // namespace
}  // namespace jobctl
