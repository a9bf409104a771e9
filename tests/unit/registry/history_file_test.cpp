#include "registry/history_file.hpp"

#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "registry/support.hpp"
#include "util/error.hpp"

namespace jobctl {
namespace {

using testing::ElementsAre;

class HistoryFileTest : public testing::Test {
 protected:
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const HistoryEntry& entry : read_history(state_.path())) names.push_back(entry.name);
    return names;
  }
  std::string path() const { return history_path(state_.path()); }
  void write(const std::string& text) const { std::ofstream(path(), std::ios::app) << text; }

  StateDirectory state_;
};

HistoryEntry named(const std::string& name) {
  JobSpec spec;
  spec.name = name;
  return history_entry(spec, "flush", 1);
}

TEST_F(HistoryFileTest, OnlyGrows) {
  EXPECT_TRUE(read_history(state_.path()).empty());
  append_history(state_.path(), {named("a"), named("b")});
  append_history(state_.path(), {});
  append_history(state_.path(), {named("c")});
  EXPECT_THAT(names(), ElementsAre("a", "b", "c"));
  struct stat info {};
  ASSERT_EQ(stat(path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0600U);
}

TEST_F(HistoryFileTest, APowerCutSpoilsOneLineOnly) {
  append_history(state_.path(), {named("a")});
  write("flush run=1 ti");
  append_history(state_.path(), {named("b")});
  write("rubbish\n\n\x01\n");
  append_history(state_.path(), {named("c")});
  EXPECT_THAT(names(), ElementsAre("a", "b", "c"));
}

TEST_F(HistoryFileTest, ALineWithoutItsEndTellsNothingAndGoes) {
  append_history(state_.path(), {named("a")});
  // Cut short just where it makes sense, but another one.
  write(to_line(named(std::string(5000, 'x'))));
  EXPECT_THAT(names(), ElementsAre("a"));
  append_history(state_.path(), {named("b")});
  EXPECT_THAT(names(), ElementsAre("a", "b"));
  EXPECT_EQ(history_text(state_.path()).find('x'), std::string::npos);
}

TEST_F(HistoryFileTest, LinesOfAnyLengthAreRead) {
  const std::string longest(1'000'000, 'n');
  append_history(state_.path(), {named("a"), named(longest), named("b")});
  EXPECT_THAT(names(), ElementsAre("a", longest, "b"));
}

TEST_F(HistoryFileTest, WhatIsOfAnotherTimeIsLeftOut) {
  HistoryEntry early = named("early");
  early.time = from_micros(1);
  append_history(state_.path(), {early, named("late")});
  std::vector<std::string> taken;
  read_history(
      state_.path(), [](Time time) { return time > from_micros(1); },
      [&](const HistoryEntry& entry) { taken.push_back(entry.name); });
  EXPECT_THAT(taken, ElementsAre("late"));
}

TEST_F(HistoryFileTest, AFullDiskIsToldAndLeavesNoHalves) {
  append_history(state_.path(), {named("a")});
  struct stat before {};
  ASSERT_EQ(stat(path().c_str(), &before), 0);
  rlimit present{};
  getrlimit(RLIMIT_FSIZE, &present);
  const rlimit limit{static_cast<rlim_t>(before.st_size) + 10, present.rlim_max};
  signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &limit);
  EXPECT_THROW(append_history(state_.path(), {named("b")}), Error);
  setrlimit(RLIMIT_FSIZE, &present);
  EXPECT_THAT(names(), ElementsAre("a"));
  append_history(state_.path(), {named("c")});
  EXPECT_THAT(names(), ElementsAre("a", "c"));
}

TEST_F(HistoryFileTest, AppendersAtOnceLoseNothing) {
  constexpr int writers = 8, each = 50;
  std::vector<std::thread> threads;
  for (int i = 0; i < writers; ++i)
    threads.emplace_back([&] {
      for (int j = 0; j < each; ++j)
        append_history(state_.path(), {named(std::string(3000, 'x')), named("y")});
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(names().size(), writers * each * 2U);
}

TEST_F(HistoryFileTest, FollowsNoLink) {
  std::filesystem::create_symlink("/dev/null", path());
  EXPECT_THROW(append_history(state_.path(), {named("a")}), Error);
}

}  // namespace
}  // namespace jobctl
