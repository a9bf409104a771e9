#include "util/run_program.hpp"

#include <gtest/gtest.h>

namespace jobctl {
namespace {

TEST(RunProgram, GivesAllThatWasPrintedAndWhetherItWasGood) {
  const ProgramOutput good = run_program({"sh", "-c", "echo out; echo err >&2"});
  EXPECT_TRUE(good.good);
  EXPECT_EQ(good.output, "out\nerr\n");
  const ProgramOutput bad = run_program({"sh", "-c", "echo out; exit 3"});
  EXPECT_FALSE(bad.good);
  EXPECT_EQ(bad.output, "out\n");
  EXPECT_FALSE(run_program({"sh", "-c", "kill -9 $$"}).good);
}

TEST(RunProgram, PassesArgumentsAsTheyAre) {
  EXPECT_EQ(run_program({"printf", "%s", "a  b\n$HOME"}).output, "a  b\n$HOME");
}

TEST(RunProgram, WhatIsNotThereIsNotGood) {
  EXPECT_FALSE(run_program({"/nowhere/program"}).good);
}

TEST(RunProgram, SpeaksEnglish) {
  EXPECT_EQ(run_program({"sh", "-c", "echo $LC_ALL"}).output, "C\n");
}

}  // namespace
}  // namespace jobctl
