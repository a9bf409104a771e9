#include "job/resource_control.hpp"

#include <gtest/gtest.h>

#include "util/error.hpp"

namespace jobctl {
namespace {

TEST(ResourceControl, SizesArePowersOf1024) {
  EXPECT_EQ(parse_bytes("1", "m"), 1U);
  EXPECT_EQ(parse_bytes("512M", "m"), 512U << 20);
  for (const char* same : {"4G", "4g", "4GB", "4GiB", "4gib", "4 G", "4096M", "4294967296", "4294967296B"})
    EXPECT_EQ(parse_bytes(same, "m"), uint64_t{4} << 30) << same;
  EXPECT_EQ(parse_bytes("1.5K", "m"), 1536U);
  EXPECT_EQ(parse_bytes("2T", "m"), uint64_t{2} << 40);
}

TEST(ResourceControl, WhatIsNoSizeIsRefusedByName) {
  for (const char* wrong : {"", "G", "4X", "-1", "+1", "1e3", "0x10", "4GG", "1.2.3", ".", "inf", "nan", "0",
                            "0.1", "1000000000P", "4G G", " 4G"})
    EXPECT_THROW(parse_bytes(wrong, "--memory"), Error) << wrong;
  try {
    parse_bytes("4X", "--memory");
  } catch (const Error& error) {
    EXPECT_EQ(error.code, Errc::usage);
    EXPECT_STREQ(error.what(), "--memory: \"4X\" is not a size (for example 512M, 4G, 1.5G)");
  }
}

TEST(ResourceControl, CpusAreTimeInASecond) {
  EXPECT_EQ(parse_cpus("2", "c"), 2'000'000U);
  EXPECT_EQ(parse_cpus("0.5", "c"), 500'000U);
  EXPECT_EQ(parse_cpus(".25", "c"), 250'000U);
  for (const char* wrong : {"", "0", "0.001", "-1", "1e2", "two", "200%", "99999"})
    EXPECT_THROW(parse_cpus(wrong, "c"), Error) << wrong;
  for (const char* text : {"2", "0.5", "1.25", "0.01", "12.333333"})
    EXPECT_EQ(cpus_text(parse_cpus(text, "c")), text);
}

TEST(ResourceControl, ListsOfCpusAreSortedAndMerged) {
  EXPECT_EQ(parse_cpu_list("8,0-3,2", "c"), (std::vector{0, 1, 2, 3, 8}));
  for (const char* wrong : {"", ",", "1,", "3-1", "-1", "a", "0-", "0-99999", "0x1", "1 2"})
    EXPECT_THROW(parse_cpu_list(wrong, "c"), Error) << wrong;
  for (const char* text : {"0", "0-3", "0-3,8", "1,3,5-6"})
    EXPECT_EQ(cpu_list_text(parse_cpu_list(text, "c")), text);
}

TEST(ResourceControl, KnowsWhichControllerASettingNeeds) {
  EXPECT_EQ(controller_of("MemoryMax"), "memory");
  EXPECT_EQ(controller_of("CPUQuota"), "cpu");
  EXPECT_EQ(controller_of("TasksMax"), "pids");
  EXPECT_EQ(controller_of("IOReadBandwidthMax"), "io");
  EXPECT_EQ(controller_of("AllowedCPUs"), "cpuset");
  for (const char* none : {"Nice", "CPUAffinity", "CPUSchedulingPolicy", "IOSchedulingClass",
                           "MemoryPressureWatch", "RuntimeMaxSec"})
    EXPECT_EQ(controller_of(none), "") << none;
}

}  // namespace
}  // namespace jobctl
