#include "proc/machine.hpp"

#include <gtest/gtest.h>

#include "job/spec.hpp"
#include "proc/fake_tree.hpp"

namespace jobctl {
namespace {

TEST(Machine, HasAnIdentityOfItsOwnThatDoesNotTellItsMachineId) {
  const test::FakeTree tree;
  tree.write("first", "0123456789abcdef0123456789abcdef\n");
  tree.write("second", "0123456789abcdef0123456789abcdee\n");
  const std::string first = machine_id(tree.path("first"));
  EXPECT_TRUE(is_uuid(first));
  EXPECT_EQ(machine_id(tree.path("first")), first);
  EXPECT_NE(machine_id(tree.path("second")), first);
  EXPECT_EQ(first.find("01234567"), std::string::npos);
}

TEST(Machine, HasNoneWhereItsIdIsNotSet) {
  const test::FakeTree tree;
  for (const char* text : {"", "uninitialized\n", "0123\n"}) {
    tree.write("id", text);
    EXPECT_EQ(machine_id(tree.path("id")), "") << text;
  }
  EXPECT_EQ(machine_id(tree.path("none")), "");
}

}  // namespace
}  // namespace jobctl
