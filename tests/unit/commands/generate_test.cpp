#include "commands/generate.hpp"

#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

namespace jobctl {
namespace {

namespace fs = std::filesystem;

TEST(Generator, IsFoundWhereSystemdLooks) {
  for (const bool system : {false, true}) {
    const auto folders = generator_folders(system);
    EXPECT_EQ(folders.back(),
              system ? "/usr/lib/systemd/system-generators" : "/usr/lib/systemd/user-generators");
  }
}

TEST(Generator, IsThereWhenItsLinkLeadsToAProgram) {
  char pattern[] = "/tmp/jobctl-generators-XXXXXX";
  const std::string root = mkdtemp(pattern);
  const std::vector<std::string> folders = {root + "/missing", root};
  EXPECT_FALSE(has_generator(folders, false));
  fs::create_symlink(root + "/nowhere", root + "/jobctl-user-generator");
  EXPECT_FALSE(has_generator(folders, false));
  fs::remove(root + "/jobctl-user-generator");
  fs::create_symlink("/bin/sh", root + "/jobctl-user-generator");
  EXPECT_TRUE(has_generator(folders, false));
  EXPECT_FALSE(has_generator(folders, true));
  fs::remove_all(root);
}

}  // namespace
}  // namespace jobctl
