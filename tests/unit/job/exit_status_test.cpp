#include "job/exit_status.hpp"

#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "job/job.hpp"
#include "util/error.hpp"

namespace jobctl {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

TEST(ExitStatuses, AreNumbersAndSignalsInAnyOrder) {
  const ExitStatuses statuses = parse_exit_statuses(" 3,SIGHUP  255 usr1,3,", "x");
  EXPECT_THAT(statuses.codes, ElementsAre(3, 255));
  EXPECT_THAT(statuses.signals, ElementsAre(SIGHUP, SIGUSR1));
  EXPECT_EQ(exit_statuses_text(statuses), "3 255 SIGHUP SIGUSR1");
  EXPECT_EQ(parse_exit_statuses(exit_statuses_text(statuses), "x"), statuses);
}

TEST(ExitStatuses, AnExitIsNoSignalOfTheSameNumber) {
  const ExitStatuses statuses = parse_exit_statuses("1 SIGINT", "x");
  EXPECT_TRUE(statuses.contains({1, {}}));
  EXPECT_TRUE(statuses.contains({{}, SIGINT, true}));
  EXPECT_FALSE(statuses.contains({SIGINT, {}}));
  EXPECT_FALSE(statuses.contains({{}, SIGHUP}));  // its number is 1
  EXPECT_FALSE(statuses.contains({}));
}

TEST(ExitStatuses, WhatIsNeitherIsRefused) {
  for (const char* text :
       {"", " , ", "256", "-1", "3;4", "SIGNOTHING", "3 4x", "99999999999999999999", "0x3", "\n3"})
    try {
      parse_exit_statuses(text, "--success-exit-status");
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), StartsWith("--success-exit-status: \"")) << text;
      EXPECT_EQ(error.code, Errc::usage);
    }
}

TEST(ExitStatuses, ZeroIsAlwaysASuccess) {
  ExitStatuses success;
  EXPECT_TRUE(succeeded(success, {0, {}}));
  EXPECT_FALSE(succeeded(success, {3, {}}));
  success = parse_exit_statuses("3", "x");
  EXPECT_TRUE(succeeded(success, {0, {}}));
  EXPECT_TRUE(succeeded(success, {3, {}}));
  EXPECT_FALSE(succeeded(success, {{}, 3}));
}

}  // namespace
}  // namespace jobctl
