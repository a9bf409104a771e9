#include "proc/process_table.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "proc/cgroup.hpp"
#include "unit/proc/child.hpp"
#include "unit/proc/fake_tree.hpp"

namespace jobctl {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using namespace std::string_literals;

TEST(ProcessTable, HasEverybody) {
  const test::Child child;
  const auto table = read_process_table();
  const auto entry = std::find_if(table.begin(), table.end(),
                                  [&](const TableEntry& one) { return one.process.pid == child.pid(); });
  ASSERT_NE(entry, table.end());
  EXPECT_EQ(entry->process.parent, getpid());
  EXPECT_EQ(entry->process.group, getpgrp());
  EXPECT_EQ(entry->process.session, getsid(0));
  EXPECT_EQ(entry->process.start_ticks, read_process(child.pid())->start_ticks);
  EXPECT_EQ(entry->user, geteuid());
  EXPECT_EQ(entry->cgroup, own_cgroup());
  char directory[4096];
  ASSERT_NE(getcwd(directory, sizeof directory), nullptr);
  EXPECT_EQ(entry->directory, directory);
  EXPECT_TRUE(entry->executable.ends_with("/test_proc")) << entry->executable;
  EXPECT_EQ(entry->program().argv, entry->process.argv);
}

TEST(ProcessTable, WhatIsHiddenOrHalfGoneIsLeftOut) {
  test::FakeTree tree;
  tree.write("5/stat", "5 (a b) S 1 4 3 0 -1 4194560 1 2 3 4 250 50 0 0 20 0 1 0 100 4096 300 1844 1 1 0\n");
  tree.write("5/status", "Name:\ta b\nUid:\t" + std::to_string(geteuid()) + "\t0\t0\t0\nGid:\t1\t1\t1\t1\n");
  tree.write("5/environ", "A=1\0B=x y\0"s);
  tree.write("6/cmdline", "gone\0"s);
  tree.write("self/stat", "no number");
  const auto table = read_process_table(tree.root());
  ASSERT_THAT(table, SizeIs(1));
  EXPECT_EQ(table[0].process.group, 4);
  EXPECT_EQ(table[0].process.session, 3);
  EXPECT_EQ(table[0].process.start_ticks, 100U);
  EXPECT_THAT(table[0].environment, ElementsAre("A=1", "B=x y"));
  EXPECT_EQ(table[0].cgroup + table[0].executable + table[0].directory, "");
}

}  // namespace
}  // namespace jobctl
