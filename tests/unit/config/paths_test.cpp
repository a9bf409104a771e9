#include "config/paths.hpp"

#include <cstdlib>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <unistd.h>

namespace jobctl {
namespace {

class PathsTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/jobctl-paths-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    directory_ = name;
    for (const char* variable : {"XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"}) unsetenv(variable);
    setenv("HOME", "/home/alice", 1);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string directory_;
};

std::string usual_runtime_directory() {
  const std::string usual = "/run/user/" + std::to_string(geteuid());
  return std::filesystem::exists(usual) ? usual + "/jobctl" : "";
}

TEST_F(PathsTest, OfTheSystemAreFixed) {
  setenv("XDG_STATE_HOME", "/x", 1);
  const Paths paths = default_paths(true);
  EXPECT_EQ(paths.state_dir, "/var/lib/jobctl");
  EXPECT_EQ(paths.logs, "/var/log/jobctl");
  EXPECT_EQ(paths.runtime_dir, "/run/jobctl");
}

TEST_F(PathsTest, FollowXdg) {
  setenv("XDG_STATE_HOME", "/state", 1);
  setenv("XDG_CONFIG_HOME", "/config", 1);
  EXPECT_EQ(default_paths(false).state_dir, "/state/jobctl");
  EXPECT_EQ(default_paths(false).logs, "/state/jobctl/logs");
  EXPECT_THAT(config_files(), testing::ElementsAre("/etc/jobctl/config.toml", "/config/jobctl/config.toml"));
}

TEST_F(PathsTest, AreBelowHomeWithoutXdg) {
  for (const char* ignored : {"", "relative", "./state"}) {
    setenv("XDG_STATE_HOME", ignored, 1);
    setenv("XDG_CONFIG_HOME", ignored, 1);
    EXPECT_EQ(default_paths(false).state_dir, "/home/alice/.local/state/jobctl");
    EXPECT_EQ(config_files().back(), "/home/alice/.config/jobctl/config.toml");
  }
}

TEST_F(PathsTest, FindHomeInTheUserDatabase) {
  const std::string expected = getpwuid(geteuid())->pw_dir;
  unsetenv("HOME");
  EXPECT_EQ(home_directory(), expected);
  setenv("HOME", "relative", 1);
  EXPECT_EQ(home_directory(), expected);
}

TEST_F(PathsTest, UseTheRuntimeDirectoryGiven) {
  setenv("XDG_RUNTIME_DIR", directory_.c_str(), 1);
  EXPECT_EQ(default_paths(false).runtime_dir, directory_ + "/jobctl");
}

TEST_F(PathsTest, UseTheUsualRuntimeDirectoryWhereNoneFits) {
  for (const char* unfit : {"", "relative", "/nonexistent", "/etc/passwd"}) {
    setenv("XDG_RUNTIME_DIR", unfit, 1);
    EXPECT_EQ(default_paths(false).runtime_dir, usual_runtime_directory()) << unfit;
  }
}

TEST_F(PathsTest, DoNotUseAnothersRuntimeDirectory) {
  if (geteuid() == 0) {
    ASSERT_EQ(chown(directory_.c_str(), 1000, 1000), 0);
  } else {
    directory_ = "/";
  }
  setenv("XDG_RUNTIME_DIR", directory_.c_str(), 1);
  EXPECT_EQ(default_paths(false).runtime_dir, usual_runtime_directory());
  if (directory_ == "/") directory_.clear();
}

}  // namespace
}  // namespace jobctl
