#include "job/load.hpp"

#include <gtest/gtest.h>

#include "unit/output/jobs.hpp"

namespace jobctl {
namespace {

using std::chrono::seconds;

Job job_that_used(uint64_t cpu_us, std::optional<uint64_t> io = {}, std::optional<uint64_t> net = {}) {
  Job job = test::running_job();
  job.usage.emplace();
  job.usage->cpu_us = cpu_us;
  job.usage->io_read = job.usage->io_written = io;
  job.usage->net_received = job.usage->net_sent = net;
  return job;
}

TEST(CpuPercent, IsOfOneCpu) {
  EXPECT_DOUBLE_EQ(cpu_percent(2'500'000, seconds(10)), 25);
  EXPECT_DOUBLE_EQ(cpu_percent(40'000'000, seconds(10)), 400);
  EXPECT_DOUBLE_EQ(cpu_percent(1, Duration::zero()), 0);
  EXPECT_DOUBLE_EQ(cpu_percent(1, seconds(-1)), 0) << "the clock was set back";
}

TEST(Loads, AtFirstTellsCpuSinceTheRunBegan) {
  Loads loads;
  const Load load =
      loads.look({job_that_used(50'000'000, 1000, 1000)}, seconds(1), test::start + seconds(100)).at(0);
  EXPECT_DOUBLE_EQ(load.cpu_percent, 50);
  EXPECT_EQ(load.read, std::nullopt);
  EXPECT_EQ(load.written, std::nullopt);
  EXPECT_EQ(load.net, std::nullopt);
}

TEST(Loads, ComparesWithTheLookBefore) {
  Loads loads;
  loads.look({job_that_used(50'000'000, 1000, 100)}, seconds(1), test::start + seconds(100));
  const Load load =
      loads.look({job_that_used(53'000'000, 5000, 300)}, seconds(3), test::start + seconds(102)).at(0);
  EXPECT_DOUBLE_EQ(load.cpu_percent, 150);
  EXPECT_EQ(load.read, 2000U);
  EXPECT_EQ(load.written, 2000U);
  EXPECT_EQ(load.net, 200U) << "both directions";
}

TEST(Loads, WhatBecameLessWasNothing) {
  Loads loads;
  loads.look({job_that_used(50'000'000, 1000, 100)}, seconds(1), test::start);
  const Load load = loads.look({job_that_used(40'000'000, 10, 10)}, seconds(3), test::start).at(0);
  EXPECT_DOUBLE_EQ(load.cpu_percent, 0);
  EXPECT_EQ(load.read, 0U);
  EXPECT_EQ(load.net, 0U);
}

TEST(Loads, WhatNobodyTellsIsUnknown) {
  Loads loads;
  loads.look({job_that_used(1)}, seconds(1), test::start);
  const Load load = loads.look({job_that_used(1, 1000, 1000)}, seconds(3), test::start).at(0);
  EXPECT_EQ(load.read, std::nullopt);
  EXPECT_EQ(load.net, std::nullopt);
}

TEST(Loads, AnotherRunBeginsAnew) {
  Loads loads;
  loads.look({job_that_used(50'000'000, 1000)}, seconds(1), test::start + seconds(100));
  Job again = job_that_used(60'000'000, 2000);
  again.run = 2;
  const Load load = loads.look({again}, seconds(3), test::start + seconds(100)).at(0);
  EXPECT_DOUBLE_EQ(load.cpu_percent, 60);
  EXPECT_EQ(load.read, std::nullopt);
}

TEST(Loads, AJobThatWasAwayBeginsAnew) {
  Loads loads;
  loads.look({job_that_used(1, 1000)}, seconds(1), test::start);
  EXPECT_TRUE(loads.look({}, seconds(3), test::start).empty());
  EXPECT_EQ(loads.look({job_that_used(1, 2000)}, seconds(5), test::start).at(0).read, std::nullopt);
}

TEST(Loads, AJobWithoutUsageHasNone) {
  Loads loads;
  const auto all = loads.look({test::running_job(), job_that_used(1)}, seconds(1), test::start);
  ASSERT_EQ(all.size(), 2U) << "in the order of the jobs";
  EXPECT_DOUBLE_EQ(all[0].cpu_percent, 0);
}

}  // namespace
}  // namespace jobctl
