// Logs that are emptied, renamed, removed and replaced under the follower's hands.
#include <fcntl.h>
#include <unistd.h>

#include "unit/log/follow.hpp"

namespace jobctl {
namespace {

using FollowReplaced = Follow;
INSTANTIATE_TEST_SUITE_P(, FollowReplaced, testing::Values(FileWatch::Use::inotify, FileWatch::Use::nothing),
                         name_of);

TEST_P(FollowReplaced, FindsTheNewDirectoryWhereOneWasRemoved) {
  path_ = directory_ / "type/x.log";
  std::filesystem::create_directory(directory_ / "type");
  append(path_, "old\n");
  Follower follower = follow();
  EXPECT_EQ(read_now(follower), "old\n");
  std::filesystem::remove_all(directory_ / "type");
  std::filesystem::create_directory(directory_ / "type");
  append(path_, "new\n");
  EXPECT_EQ(read_until(follower, 4), "new\n");
}

TEST_P(FollowReplaced, BeginsAgainInAnEmptiedFile) {
  append(path_, "a long line of the past\n");
  Follower follower = follow();
  read_now(follower);
  ASSERT_EQ(truncate(path_.c_str(), 0), 0);
  append(path_, "new\n");
  Changes changes;
  EXPECT_EQ(read_until(follower, 4, &changes), "new\n");
  EXPECT_EQ(changes, (Changes{Change::truncated, Change::data}));
  EXPECT_EQ(follower.offset(), 4);
}

TEST_P(FollowReplaced, NoticesAnEmptiedFileThatHasGrownBeyondWhereReadingStopped) {
  append(path_, "past\n");
  Follower follower = follow();
  read_now(follower);
  ASSERT_EQ(truncate(path_.c_str(), 0), 0);
  append(path_, "present, and longer\n");
  Changes changes;
  EXPECT_EQ(read_until(follower, 20, &changes), "present, and longer\n");
  EXPECT_EQ(changes, (Changes{Change::truncated, Change::data}));
}

TEST_P(FollowReplaced, NoticesAFileEmptiedAfterSeekingToItsEnd) {
  append(path_, "past\n");
  Follower follower = follow();
  follower.seek(5);
  ASSERT_EQ(truncate(path_.c_str(), 0), 0);
  append(path_, "present, and longer\n");
  EXPECT_EQ(read_until(follower, 20), "present, and longer\n");
}

TEST_P(FollowReplaced, FinishesARenamedFileBeforeItsSuccessor) {
  append(path_, "one\n");
  Follower follower = follow();
  EXPECT_EQ(read_now(follower), "one\n");
  const Fd writer = open_file(path_, O_WRONLY | O_APPEND);
  std::filesystem::rename(path_, directory_ / "x.log.1");
  ASSERT_TRUE(write_all(writer.get(), "two\n"));
  EXPECT_EQ(read_until(follower, 4), "two\n");
  ASSERT_TRUE(write_all(writer.get(), "three\n"));
  append(path_, "four\n");
  Changes changes;
  EXPECT_EQ(read_until(follower, 11, &changes), "three\nfour\n");
  EXPECT_EQ(changes, (Changes{Change::data, Change::replaced, Change::data}));
  EXPECT_EQ(follower.offset(), 5);
}

TEST_P(FollowReplaced, GoesOnInAFileThatIsRenamedOverTheOld) {
  append(path_, "old\n");
  Follower follower = follow();
  read_now(follower);
  append(directory_ / "new", "new\n");
  std::filesystem::rename(directory_ / "new", path_);
  EXPECT_EQ(read_until(follower, 4), "new\n");
  append(path_, "newer\n");
  EXPECT_EQ(read_until(follower, 6), "newer\n");
}

TEST_P(FollowReplaced, ReadsOnInARemovedFile) {
  append(path_, "one\n");
  Follower follower = follow();
  read_now(follower);
  const Fd writer = open_file(path_, O_WRONLY | O_APPEND);
  std::filesystem::remove(path_);
  EXPECT_EQ(read_now(follower), "");
  ASSERT_TRUE(write_all(writer.get(), "two\n"));
  EXPECT_EQ(read_until(follower, 4), "two\n");
  append(path_, "three\n");
  EXPECT_EQ(read_until(follower, 6), "three\n");
}

TEST_P(FollowReplaced, FollowsALinkThatIsTurnedToAnotherFile) {
  std::filesystem::create_directory(directory_ / "elsewhere");
  append(directory_ / "elsewhere/1", "one\n");
  std::filesystem::create_symlink("elsewhere/1", path_);
  Follower follower = follow();
  EXPECT_EQ(read_now(follower), "one\n");
  std::filesystem::remove(directory_ / "elsewhere/1");
  append(directory_ / "elsewhere/1", "two\n");
  EXPECT_EQ(read_until(follower, 4), "two\n");
}

TEST_P(FollowReplaced, KeepsToItsFileWhileTheSuccessorCannotBeRead) {
  append(path_, "one\n");
  Follower follower = follow();
  read_now(follower);
  const Fd writer = open_file(path_, O_WRONLY | O_APPEND);
  std::filesystem::remove(path_);
  std::filesystem::create_directory(path_);
  ASSERT_TRUE(write_all(writer.get(), "two\n"));
  EXPECT_EQ(read_until(follower, 4), "two\n");
  EXPECT_EQ(read_now(follower), "");
  std::filesystem::remove(path_);
  append(path_, "three\n");
  EXPECT_EQ(read_until(follower, 6), "three\n");
}

}  // namespace
}  // namespace jobctl
