#include "log/tail.hpp"

#include <algorithm>
#include <csignal>
#include <random>
#include <thread>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "unit/log/temporary_directory.hpp"
#include "util/error.hpp"

namespace jobctl {
namespace {

class Tail : public testing::Test {
 protected:
  std::string tail(const std::string& text, int64_t lines) { return tail(text, lines, 0, size(text)); }

  std::string tail(const std::string& text, int64_t lines, int64_t begin, int64_t end) {
    std::filesystem::remove(directory_ / "log");
    append(directory_ / "log", text);
    const Fd file = open_file(directory_ / "log", O_RDONLY);
    const int64_t offset = tail_offset(file.get(), lines, begin, end);
    EXPECT_GE(offset, begin);
    EXPECT_LE(offset, end);
    return text.substr(static_cast<size_t>(offset), static_cast<size_t>(end - offset));
  }

  static int64_t size(const std::string& text) { return static_cast<int64_t>(text.size()); }

  TemporaryDirectory directory_;
};

// What tail(1) prints, the slow way.
std::string expected_tail(const std::string& text, int64_t lines) {
  size_t begin = text.size();
  for (size_t i = text.size(); i-- > 0 && lines > 0;) {
    if (text[i] == '\n' && i + 1 != text.size() && --lines == 0) break;
    begin = i;
  }
  return text.substr(begin);
}

TEST_F(Tail, IsTheLastLines) {
  EXPECT_EQ(tail("one\ntwo\nthree\n", 1), "three\n");
  EXPECT_EQ(tail("one\ntwo\nthree\n", 2), "two\nthree\n");
}

TEST_F(Tail, CountsALastLineWithoutNewline) {
  EXPECT_EQ(tail("one\ntwo\nthree", 1), "three");
  EXPECT_EQ(tail("one\ntwo\nthree", 2), "two\nthree");
}

TEST_F(Tail, CountsEmptyLines) {
  EXPECT_EQ(tail("one\n\n\n", 1), "\n");
  EXPECT_EQ(tail("one\n\n\n", 2), "\n\n");
  EXPECT_EQ(tail("one\n\n\n", 3), "one\n\n\n");
}

TEST_F(Tail, IsEverythingWhenThereAreFewerLines) {
  EXPECT_EQ(tail("one\ntwo\n", 2), "one\ntwo\n");
  EXPECT_EQ(tail("one\ntwo\n", 1000), "one\ntwo\n");
  EXPECT_EQ(tail("\n", 5), "\n");
}

TEST_F(Tail, IsNothingForNoLinesAndNoFile) {
  EXPECT_EQ(tail("one\ntwo\n", 0), "");
  EXPECT_EQ(tail("one\ntwo\n", -1), "");
  EXPECT_EQ(tail("", 10), "");
}

TEST_F(Tail, StaysInItsRange) {
  const std::string text = "run 1\nrun 1\nrun 2\nrun 2\nlater\n";
  EXPECT_EQ(tail(text, 10, 12, 24), "run 2\nrun 2\n");
  EXPECT_EQ(tail(text, 1, 12, 24), "run 2\n");
  EXPECT_EQ(tail(text, 1, 12, 22), "run ");
  EXPECT_EQ(tail(text, 1, 12, 12), "");
}

TEST_F(Tail, ReadsLinesAcrossBlocks) {
  const std::string text = std::string(3'000'000, 'a') + "\n" + std::string(200'000, 'b') + "\nc\n";
  EXPECT_EQ(tail(text, 1), "c\n");
  EXPECT_EQ(tail(text, 2), std::string(200'000, 'b') + "\nc\n");
  EXPECT_EQ(tail(text, 3), text);
}

TEST_F(Tail, FindsANewlineAtEveryPlaceAroundABlocksBorder) {
  for (size_t length = (64 << 10) - 3; length < (64 << 10) + 3; length++) {
    const std::string last = std::string(length, 'x') + "\n";
    EXPECT_EQ(tail("first\n" + last, 1), last) << length;
  }
}

TEST_F(Tail, AgreesWithTheSlowWayOnRandomText) {
  std::mt19937 random(20261118);
  for (int round = 0; round < 200; round++) {
    std::string text;
    for (size_t n = random() % 400; n > 0; n--) text += random() % 4 == 0 ? '\n' : 'x';
    const auto lines = static_cast<int64_t>(random() % 12);
    EXPECT_EQ(tail(text, lines), expected_tail(text, lines)) << lines << " of " << text;
  }
}

TEST_F(Tail, PassesOverTheHoleThatAnEmptiedLogCanHave) {
  append(directory_ / "log", "start\n");
  const int64_t end = int64_t{1} << 40;
  ASSERT_EQ(truncate((directory_ / "log").c_str(), end), 0);
  append(directory_ / "log", "\nlast\n");
  const Fd file = open_file(directory_ / "log", O_RDONLY);
  EXPECT_EQ(tail_offset(file.get(), 1, 0, end + 6), end + 1);
  EXPECT_EQ(tail_offset(file.get(), 2, end - (int64_t{1} << 32), end + 6), end - (int64_t{1} << 32));
}

TEST_F(Tail, SurvivesALogThatIsCutMeanwhile) {
  append(directory_ / "log", "one\ntwo\n");
  const Fd file = open_file(directory_ / "log", O_RDONLY);
  EXPECT_EQ(tail_offset(file.get(), 1, 0, 5'000'000), 8);
}

TEST_F(Tail, TellsWhatCannotBeRead) {
  const Fd file = open_file(directory_.path(), O_RDONLY | O_DIRECTORY);
  EXPECT_THROW(tail_offset(file.get(), 1, 0, 100), Error);
}

struct Pipe {
  Fd reader, writer;

  explicit Pipe(int flags = 0) {
    int fds[2];
    if (pipe2(fds, O_CLOEXEC | flags) < 0) throw std::runtime_error("pipe2");
    reader = Fd(fds[0]);
    writer = Fd(fds[1]);
  }
};

class CopyRange : public Tail {
 protected:
  CopyRange() {
    std::mt19937 random(7);
    content_.resize(3'000'001);
    std::generate(content_.begin(), content_.end(), [&] { return static_cast<char>(random()); });
    append(directory_ / "log", content_);
    file_ = open_file(directory_ / "log", O_RDONLY);
    std::signal(SIGPIPE, SIG_IGN);
  }
  ~CopyRange() override { std::signal(SIGPIPE, SIG_DFL); }

  std::string content_;
  Fd file_;
};

TEST_F(CopyRange, CopiesEveryByteToAFileThatIsAppendedTo) {
  const Fd out = open_file(directory_ / "out", O_WRONLY | O_CREAT | O_APPEND);
  ASSERT_TRUE(copy_range(file_.get(), 1, size(content_), out.get()));
  EXPECT_EQ(read_file(directory_ / "out"), content_.substr(1));
}

TEST_F(CopyRange, CopiesNothingOfAnEmptyRange) {
  const Fd out = open_file(directory_ / "out", O_WRONLY | O_CREAT);
  EXPECT_TRUE(copy_range(file_.get(), 5, 5, out.get()));
  EXPECT_TRUE(copy_range(file_.get(), 5, 2, out.get()));
  EXPECT_EQ(read_file(directory_ / "out"), "");
}

TEST_F(CopyRange, EndsWhereTheFileDoes) {
  const Fd out = open_file(directory_ / "out", O_WRONLY | O_CREAT);
  ASSERT_TRUE(copy_range(file_.get(), size(content_) - 3, size(content_) + 1000, out.get()));
  EXPECT_EQ(read_file(directory_ / "out"), content_.substr(content_.size() - 3));
}

TEST_F(CopyRange, WaitsForASlowReaderOfANonBlockingPipe) {
  Pipe pipe;
  fcntl(pipe.writer.get(), F_SETFL, O_NONBLOCK);
  std::string received;
  std::thread reader([&] { received = read_all(pipe.reader.get(), "pipe"); });
  const bool copied = copy_range(file_.get(), 0, size(content_), pipe.writer.get());
  pipe.writer.reset();
  reader.join();
  EXPECT_TRUE(copied);
  EXPECT_EQ(received, content_);
}

TEST_F(CopyRange, StopsWhenTheReaderHasHadEnough) {
  Pipe pipe;
  pipe.reader.reset();
  EXPECT_FALSE(copy_range(file_.get(), 0, size(content_), pipe.writer.get()));
  EXPECT_EQ(errno, EPIPE);
}

}  // namespace
}  // namespace jobctl
