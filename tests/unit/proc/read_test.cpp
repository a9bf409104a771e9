#include "proc/read.hpp"

#include <gtest/gtest.h>

#include "unit/proc/fake_tree.hpp"

namespace jobctl {
namespace {

TEST(ReadSmallFile, ReadsUpToItsLimit) {
  const test::FakeTree tree;
  tree.write("x", std::string(10'000, 'x'));
  EXPECT_EQ(read_small_file(tree.path("x")), std::string(10'000, 'x'));
  EXPECT_EQ(read_small_file(tree.path("x"), 9'999), std::string(9'999, 'x'));
  EXPECT_EQ(read_small_file(tree.path("x"), 0), "");
}

TEST(ReadSmallFile, WhatCanNotBeReadIsNothing) {
  const test::FakeTree tree;
  EXPECT_EQ(read_small_file(tree.path("none")), std::nullopt);
  EXPECT_EQ(read_small_file(tree.root()), std::nullopt);
}

TEST(ParseNumber, TakesWholeNumbersOnly) {
  EXPECT_EQ(file_number("0"), 0U);
  EXPECT_EQ(file_number("12\n"), 12U);
  EXPECT_EQ(file_number("18446744073709551615"), UINT64_MAX);
  for (const char* text : {"", "\n", "max", "-1", "+1", " 1", "1 ", "1x", "1\n\n", "18446744073709551616"})
    EXPECT_EQ(file_number(text), std::nullopt) << text;
}

TEST(KeyedNumber, FindsTheWholeKey) {
  const char* text = "usage_usec_total 1\nusage_usec 2\nuser_usec 3";
  EXPECT_EQ(keyed_number(text, "usage_usec"), 2U);
  EXPECT_EQ(keyed_number(text, "user_usec"), 3U);
  EXPECT_EQ(keyed_number(text, "usage"), std::nullopt);
  EXPECT_EQ(keyed_number("", "usage"), std::nullopt);
  EXPECT_EQ(keyed_number("usage", "usage"), std::nullopt);
  EXPECT_EQ(keyed_number("usage ", "usage"), std::nullopt);
  EXPECT_EQ(keyed_number("\n\nusage 4\n", "usage"), 4U);
}

}  // namespace
}  // namespace jobctl
