#include "proc/stray_families.hpp"

#include <gmock/gmock.h>

namespace jobctl {
namespace {

using testing::ElementsAre;

Stray stray(pid_t pid, pid_t parent, pid_t group, pid_t session = 90) {
  Stray stray;
  Process& process = stray.entry.process;
  process.pid = pid, process.parent = parent, process.group = group, process.session = session;
  return stray;
}

using Pids = std::vector<pid_t>;

std::vector<Pids> families(const std::vector<Stray>& strays) {
  std::vector<Pids> all;
  for (const StrayFamily& family : families_of(strays)) {
    all.emplace_back();
    for (const Stray& member : family) all.back().push_back(member.entry.process.pid);
  }
  return all;
}

TEST(StrayFamilies, DescendantsAreWithWhoeverBegan) {
  EXPECT_THAT(
      families({stray(10, 1, 10), stray(11, 10, 10), stray(12, 11, 12), stray(20, 1, 20), stray(21, 20, 20)}),
      ElementsAre(Pids{10, 11, 12}, Pids{20, 21}));
}

TEST(StrayFamilies, OrphansAreWithTheMainProcessOfTheirGroupOrSession) {
  std::vector<Stray> strays = {stray(8, 1, 7, 10), stray(9, 1, 10), stray(10, 1, 10), stray(12, 9, 10)};
  strays.back().entry.process.argv = {"sh"};
  EXPECT_THAT(families(strays), ElementsAre(Pids{10, 8, 9, 12}));
}

TEST(StrayFamilies, WhatIsLeftOfOneGroupIsOneFamilyWithoutAMainProcess) {
  std::vector<Stray> strays = {stray(11, 1, 10), stray(12, 1, 10), stray(13, 12, 10), stray(21, 1, 20)};
  strays[2].entry.process.argv = {"sleep", "1"};
  EXPECT_THAT(families(strays), ElementsAre(Pids{11, 12, 13}, Pids{21}));
  for (const StrayFamily& family : families_of(strays)) EXPECT_FALSE(has_main(family));
}

TEST(StrayFamilies, TwoRunsOfAScriptThatIsGoneAreTwo) {
  std::vector<Stray> strays = {stray(11, 1, 10), stray(12, 1, 10), stray(13, 11, 10), stray(14, 12, 10),
                               stray(15, 1, 10)};
  for (Stray& one : strays) one.entry.process.argv = {"python3", "train.py"};
  EXPECT_THAT(families(strays), ElementsAre(Pids{11, 13}, Pids{12, 14}, Pids{15}));
  EXPECT_TRUE(has_main(families_of(strays).front()));
  EXPECT_FALSE(has_main(families_of(strays).back())) << "whose it was nobody can tell";
}

TEST(StrayFamilies, ACircleOfParentsEnds) {
  EXPECT_FALSE(families({stray(11, 12, 11), stray(12, 11, 12)}).empty());
}

TEST(StrayFamilies, TwoRunsOfOneTerminalAreTwo) {
  const std::vector<Stray> strays = {stray(11, 90, 11), stray(12, 90, 12)};
  EXPECT_THAT(families(strays), ElementsAre(Pids{11}, Pids{12}));
  for (const StrayFamily& family : families_of(strays)) EXPECT_TRUE(has_main(family));
}

TEST(StrayFamilies, TwoRunsOfOneScriptAreTwo) {
  EXPECT_THAT(families({stray(11, 90, 90), stray(12, 90, 90)}), ElementsAre(Pids{11}, Pids{12}));
}

TEST(StrayFamilies, NobodyIsNone) {
  EXPECT_TRUE(families({}).empty());
}

}  // namespace
}  // namespace jobctl
