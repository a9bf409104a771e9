#include "util/directories.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

#include "util/error.hpp"

namespace jobctl {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class DirectoriesTest : public testing::Test {
 protected:
  DirectoriesTest() {
    char name[] = "/tmp/jobctl-directories-XXXXXX";
    root_ = mkdtemp(name);
  }
  ~DirectoriesTest() override { fs::remove_all(root_); }

  std::string root_;
};

TEST_F(DirectoriesTest, AreMadeWithTheirParents) {
  make_directories(root_ + "/a/b/c");
  make_directories(root_ + "/a/b/c");
  EXPECT_EQ(fs::status(root_ + "/a/b").permissions(), fs::perms::owner_all);
  EXPECT_EQ(fs::status(root_ + "/a/b/c").permissions(), fs::perms::owner_all);
}

TEST_F(DirectoriesTest, AreMadeAboveAFile) {
  make_parents(root_ + "/a/file");
  EXPECT_TRUE(fs::is_directory(root_ + "/a"));
  EXPECT_FALSE(fs::exists(root_ + "/a/file"));
  make_parents("relative");
  make_parents("/file");
}

TEST_F(DirectoriesTest, NameWhatLiesInThem) {
  make_directories(root_ + "/folder");
  std::ofstream(root_ + "/.hidden");
  EXPECT_THAT(names_in(root_), testing::UnorderedElementsAre("folder", ".hidden"));
  EXPECT_TRUE(names_in(root_ + "/folder").empty());
  EXPECT_TRUE(names_in(root_ + "/.hidden").empty());
  EXPECT_TRUE(names_in(root_ + "/nowhere").empty());
}

TEST_F(DirectoriesTest, TellWhetherAFileIsMissing) {
  std::ofstream(root_ + "/file");
  EXPECT_FALSE(is_missing(root_ + "/file"));
  EXPECT_TRUE(is_missing(root_ + "/nowhere"));
  EXPECT_FALSE(is_missing(root_ + "/file/below"));  // ENOTDIR: nobody knows what it should be
}

TEST_F(DirectoriesTest, FollowALinkToOne) {
  fs::create_directory(root_ + "/real");
  fs::create_symlink("real", root_ + "/link");
  make_directories(root_ + "/link/below");
  EXPECT_TRUE(fs::is_directory(root_ + "/real/below"));
}

TEST_F(DirectoriesTest, SayWhichOneCanNotBeMade) {
  std::ofstream(root_ + "/file");
  for (const char* path : {"/file", "/file/below", "/file/below/deep"}) {
    try {
      make_directories(root_ + path);
      FAIL() << "a directory was made below a file";
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr("the directory " + root_ + "/file"));
    }
  }
}

}  // namespace
}  // namespace jobctl
