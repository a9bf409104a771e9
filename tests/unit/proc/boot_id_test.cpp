#include "proc/boot_id.hpp"

#include <gtest/gtest.h>

#include "unit/proc/fake_tree.hpp"
#include "util/error.hpp"

namespace jobctl {
namespace {

TEST(BootId, HasNoDashes) {
  const test::FakeTree tree;
  tree.write("id", "0d1b4e52-8a3c-4a5e-9f00-1234567890ab\n");
  EXPECT_EQ(boot_id(tree.path("id")), "0d1b4e528a3c4a5e9f001234567890ab");
}

TEST(BootId, IsTheSameUntilTheNextBoot) {
  EXPECT_EQ(boot_id().size(), 32U);
  EXPECT_EQ(boot_id(), boot_id());
}

TEST(BootId, AnythingElseIsAnError) {
  const test::FakeTree tree;
  EXPECT_THROW(boot_id(tree.path("none")), Error);
  for (const char* text : {"", "\n", "0d1b4e52", "0d1b4e52-8a3c-4a5e-9f00-1234567890xy\n",
                           "0d1b4e52-8a3c-4a5e-9f00-1234567890ab0d1b4e52-8a3c-4a5e-9f00-1234567890ab"}) {
    tree.write("id", text);
    EXPECT_THROW(boot_id(tree.path("id")), Error) << text;
  }
}

}  // namespace
}  // namespace jobctl
