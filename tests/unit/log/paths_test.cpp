#include "log/paths.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "unit/log/temporary_directory.hpp"
#include "util/error.hpp"

namespace jobctl {
namespace {

const std::string uuid = "82d00a5b-5ed5-4cfd-9a75-a87e4f420b27";

std::string directory_of_type(std::string_view type) {
  const std::string path = log_path("/logs", type, uuid);
  EXPECT_EQ(path.substr(0, 6), "/logs/");
  const std::string name = path.substr(6, path.find('/', 6) - 6);
  EXPECT_EQ(path, "/logs/" + name + "/" + name + "-" + uuid + ".log");
  return name;
}

TEST(LogPath, NamesTypeTwice) {
  EXPECT_EQ(log_path("/logs", "training", uuid), "/logs/training/training-" + uuid + ".log");
}

TEST(LogPath, StaysInTheLogDirectory) {
  EXPECT_EQ(directory_of_type("../../etc"), "%2E.%2F..%2Fetc");
  EXPECT_EQ(directory_of_type("/"), "%2F");
  EXPECT_EQ(directory_of_type("."), "%2E");
  EXPECT_EQ(directory_of_type(".."), "%2E.");
  EXPECT_EQ(directory_of_type(""), "job");
}

TEST(LogPath, IsAnOrdinaryFileName) {
  EXPECT_EQ(directory_of_type(".hidden"), "%2Ehidden");
  EXPECT_EQ(directory_of_type(std::string_view("a\0b", 3)), "a%00b");
  EXPECT_EQ(directory_of_type("a\nb\x7f\x1b[m"), "a%0Ab%7F%1B[m");
  EXPECT_EQ(directory_of_type("v1.2 größe"), "v1.2 größe");
}

TEST(LogPath, KeepsDifferentTypesApart) {
  EXPECT_NE(directory_of_type("a/b"), directory_of_type("a%2Fb"));
  EXPECT_NE(directory_of_type(".a"), directory_of_type("%2Ea"));
}

TEST(LogPath, CutsALongType) {
  EXPECT_EQ(directory_of_type(std::string(5000, 'x')), std::string(100, 'x'));
  EXPECT_EQ(directory_of_type(std::string(99, 'x') + "/"), std::string(99, 'x'));
  EXPECT_EQ(directory_of_type(std::string(98, 'x') + "€"), std::string(98, 'x'));
  EXPECT_EQ(directory_of_type(std::string(97, 'x') + "€€"), std::string(97, 'x') + "€");
  EXPECT_EQ(directory_of_type(std::string(300, '\x80')), "job");
}

class CreateLog : public testing::Test {
 protected:
  mode_t mode(const std::string& path) {
    struct stat status = {};
    EXPECT_EQ(stat(path.c_str(), &status), 0) << path;
    return status.st_mode & 07777;
  }

  std::string refusal(const std::string& path) {
    try {
      create_log(path);
    } catch (const Error& error) {
      EXPECT_EQ(error.code, Errc::failed);
      return error.what();
    }
    return "";
  }

  TemporaryDirectory directory_;
};

TEST_F(CreateLog, CreatesFileAndDirectoriesForTheOwnerAlone) {
  const mode_t before = umask(0);
  const std::string path = directory_ / "logs/training/x.log";
  const Fd fd = create_log(path);
  umask(before);
  EXPECT_EQ(mode(path), 0600);
  EXPECT_EQ(mode(directory_ / "logs"), 0700);
  EXPECT_EQ(mode(directory_ / "logs/training"), 0700);
}

TEST_F(CreateLog, AppendsToWhatIsThere) {
  append(directory_ / "x.log", "first\n");
  ASSERT_TRUE(write_all(create_log(directory_ / "x.log").get(), "second\n"));
  EXPECT_EQ(read_file(directory_ / "x.log"), "first\nsecond\n");
}

TEST_F(CreateLog, OpensForTheJobToInherit) {
  const Fd fd = create_log(directory_ / "x.log");
  const int flags = fcntl(fd.get(), F_GETFL);
  EXPECT_EQ(flags & O_ACCMODE, O_WRONLY);
  EXPECT_NE(flags & O_APPEND, 0);
  EXPECT_EQ(flags & O_NONBLOCK, 0);
  EXPECT_NE(fcntl(fd.get(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST_F(CreateLog, TakesACharacterDevice) {
  const Fd fd = create_log("/dev/null");
  EXPECT_TRUE(write_all(fd.get(), "gone"));
}

TEST_F(CreateLog, RefusesLinks) {
  append(directory_ / "precious", "data");
  std::filesystem::create_symlink(directory_ / "precious", directory_ / "x.log");
  EXPECT_EQ(refusal(directory_ / "x.log"),
            "could not open the log " + (directory_ / "x.log") + ": it is a symbolic link");
  std::filesystem::create_symlink(directory_ / "nowhere", directory_ / "y.log");
  EXPECT_THAT(refusal(directory_ / "y.log"), testing::HasSubstr("it is a symbolic link"));
  EXPECT_FALSE(std::filesystem::exists(directory_ / "nowhere"));
}

TEST_F(CreateLog, RefusesADirectory) {
  std::filesystem::create_directory(directory_ / "x.log");
  EXPECT_THAT(refusal(directory_ / "x.log"), testing::HasSubstr("it is a directory"));
}

TEST_F(CreateLog, RefusesAFifoWithAndWithoutReader) {
  ASSERT_EQ(mkfifo((directory_ / "x.log").c_str(), 0600), 0);
  EXPECT_THAT(refusal(directory_ / "x.log"), testing::HasSubstr("it is a FIFO"));
  const Fd reader = open_file(directory_ / "x.log", O_RDONLY | O_NONBLOCK);
  EXPECT_THAT(refusal(directory_ / "x.log"), testing::HasSubstr("it is a FIFO"));
}

TEST_F(CreateLog, RefusesASocket) {
  const Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{AF_UNIX, {}};
  (directory_ / "x.log").copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  EXPECT_THAT(refusal(directory_ / "x.log"), testing::HasSubstr("it is a socket"));
}

TEST_F(CreateLog, TellsWhichDirectoryCannotBe) {
  append(directory_ / "file", "");
  EXPECT_THAT(refusal(directory_ / "file/sub/x.log"), testing::HasSubstr(directory_ / "file"));
  EXPECT_THAT(refusal(directory_ / (std::string(300, 'x') + "/x.log")),
              testing::HasSubstr("file name too long"));
  EXPECT_THAT(refusal("/proc/nowhere/x.log"),
              testing::HasSubstr("could not create the directory /proc/nowhere"));
}

TEST_F(CreateLog, TellsAnEmptyPath) {
  EXPECT_THAT(refusal(""), testing::HasSubstr("no such file or directory"));
}

class CollectedLogPath : public CreateLog {
 protected:
  const Time time_ = Time(std::chrono::seconds(1'795'000'000) + std::chrono::microseconds(999'999));
};

TEST_F(CollectedLogPath, SaysWhenInUtc) {
  const std::string path = collected_log_path(directory_ / "logs", "training", time_);
  EXPECT_EQ(path, directory_ / "logs/training/training-20261118T110640Z.log");
  EXPECT_EQ(mode(path), 0600);
}

TEST_F(CollectedLogPath, IsNeverGivenTwice) {
  EXPECT_EQ(collected_log_path(directory_.path(), "a/b", time_),
            directory_ / "a%2Fb/a%2Fb-20261118T110640Z.log");
  EXPECT_EQ(collected_log_path(directory_.path(), "a/b", time_),
            directory_ / "a%2Fb/a%2Fb-20261118T110640Z-2.log");
  EXPECT_EQ(collected_log_path(directory_.path(), "a/b", time_),
            directory_ / "a%2Fb/a%2Fb-20261118T110640Z-3.log");
}

TEST_F(CollectedLogPath, IsNoLinkThatLiesThere) {
  std::filesystem::create_directory(directory_ / "t");
  std::filesystem::create_symlink(directory_ / "nowhere", directory_ / "t/t-20261118T110640Z.log");
  EXPECT_EQ(collected_log_path(directory_.path(), "t", time_), directory_ / "t/t-20261118T110640Z-2.log");
}

}  // namespace
}  // namespace jobctl
