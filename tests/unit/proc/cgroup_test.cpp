#include "proc/cgroup.hpp"

#include <ctime>
#include <thread>

#include <gmock/gmock.h>

#include "unit/proc/child.hpp"
#include "unit/proc/fake_tree.hpp"
#include "util/error.hpp"

namespace jobctl {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using test::Child;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;
using testing::UnorderedElementsAre;

Cgroup::Deadline in(milliseconds time) {
  return steady_clock::now() + time;
}

TEST(OwnCgroup, IsThatOfTheUnifiedHierarchy) {
  const test::FakeTree tree;
  tree.write("self", "0::/user.slice/user-1000.slice/x.service\n");
  EXPECT_EQ(own_cgroup(tree.path("self")), "/user.slice/user-1000.slice/x.service");
  tree.write("self", "2:memory:/a\n1:name=systemd:/b\n0::/c\n");
  EXPECT_EQ(own_cgroup(tree.path("self")), "/c");
  tree.write("self", "0::/");
  EXPECT_EQ(own_cgroup(tree.path("self")), "/");
}

TEST(OwnCgroup, IsAnErrorWhereThereIsNone) {
  const test::FakeTree tree;
  EXPECT_THROW(own_cgroup(tree.path("none")), Error);
  for (const char* text : {"", "2:memory:/a\n", "10::/a\n", "0::relative\n"}) {
    tree.write("self", text);
    EXPECT_THROW(own_cgroup(tree.path("self")), Error) << text;
  }
}

TEST(PayloadOf, IsBelowTheUnit) {
  EXPECT_EQ(payload_of("/a/x.service"), "/a/x.service/payload");
}

TEST(CgroupPath, StaysBelowTheRoot) {
  EXPECT_EQ(Cgroup("/a/b..c/..d", "/root").directory(), "/root/a/b..c/..d");
  const std::string nul("/a\0b", 4);
  for (const std::string& path : {std::string(""), std::string("a"), std::string("/.."),
                                  std::string("/a/../../b"), std::string("/a/.."), nul})
    EXPECT_THROW(Cgroup(path, "/root"), Error) << path;
}

TEST(UnitsInSlice, AreThoseOfItAndOfTheSlicesBelow) {
  const test::FakeTree tree;
  for (const char* unit :
       {"a.service/payload", "b.scope", "x-y.slice/c.service", "x-y.slice/x-y-z.slice/d.service", "none"})
    tree.write(std::string("x.slice/") + unit + "/cgroup.procs", "");
  tree.write("x.slice/file.service", "");
  EXPECT_THAT(units_in_slice("/x.slice", tree.root()),
              Optional(UnorderedElementsAre("a.service", "b.scope", "c.service", "d.service")));
  EXPECT_EQ(units_in_slice("/y.slice", tree.root()), std::nullopt);
}

// A cgroup "/u/payload" of plain files. Processes below /proc are fake too, where a test writes them.
class FakeCgroup : public testing::Test {
 protected:
  FakeCgroup() {
    file("cgroup.procs", "");
    file("cgroup.events", "populated 0\nfrozen 0\n");
    file("cgroup.freeze", "0\n");
  }
  void file(const std::string& name, const std::string& text) const {
    tree.write("cg/u/payload/" + name, text);
  }
  std::string content(const std::string& name) const { return tree.read("cg/u/payload/" + name); }
  void member(pid_t pid, const std::string& path) const {
    tree.write("proc/" + std::to_string(pid) + "/cgroup", "0::" + path + "\n");
  }

  test::FakeTree tree;
  Cgroup cgroup{"/u/payload", tree.path("cg"), tree.path("proc")};
  Cgroup gone{"/u/gone", tree.path("cg"), tree.path("proc")};
};

TEST_F(FakeCgroup, ListsTheProcessesOfAllBelow) {
  file("cgroup.procs", "30\n10\n");
  file("a/cgroup.procs", "20\n");
  file("a/b/cgroup.procs", "40\n41\n");
  file(".hidden/cgroup.procs", "50\n");
  EXPECT_THAT(cgroup.pids(), ElementsAre(10, 20, 30, 40, 41, 50));
  EXPECT_EQ(cgroup.count_processes(), 6U);
}

TEST_F(FakeCgroup, ListsManyProcesses) {
  std::string text;
  for (int pid = 1'000'000; pid < 1'020'000; pid++) text += std::to_string(pid) + "\n";
  file("cgroup.procs", text);
  tree.write("proc/loadavg", "0.20 0.18 0.12 1/30000 11206\n");
  EXPECT_EQ(cgroup.pids().size(), 20'000U);
  // As of a list that never ends because processes are added while it is read.
  tree.write("proc/loadavg", "0.20 0.18 0.12 1/10000 11206\n");
  EXPECT_LT(cgroup.pids().size(), 12'000U);
}

TEST_F(FakeCgroup, HasANumberAndSoHaveThoseBelow) {
  EXPECT_THAT(cgroup.ids(), ElementsAre(cgroup.id()));
  file("a/b/cgroup.procs", "");
  const auto id_of = [&](const char* path) { return Cgroup(path, tree.path("cg")).id(); };
  EXPECT_THAT(cgroup.ids(),
              UnorderedElementsAre(cgroup.id(), id_of("/u/payload/a"), id_of("/u/payload/a/b")));
  EXPECT_THAT(gone.ids(), IsEmpty());
}

TEST_F(FakeCgroup, CountsInvisibleProcessesButNamesNone) {
  file("cgroup.procs", "0\n0\n10\n");
  EXPECT_THAT(cgroup.pids(), ElementsAre(10));
  EXPECT_EQ(cgroup.count_processes(), 3U);
}

TEST_F(FakeCgroup, NoPidIsEverNegative) {
  file("cgroup.procs", "4294967295\n-1\nx\n\n18446744073709551615\n10\n");
  EXPECT_THAT(cgroup.pids(), ElementsAre(10));
}

TEST_F(FakeCgroup, GoesDownAsDeepAsPathsReach) {
  std::string name;
  for (int depth = 0; depth < 1000; depth++) name += "d/";
  file(name + "cgroup.procs", "10\n");
  EXPECT_THAT(cgroup.pids(), ElementsAre(10));
}

TEST_F(FakeCgroup, DoesNotFollowLinks) {
  tree.write("elsewhere/cgroup.procs", "10\n");
  std::filesystem::create_directory_symlink(tree.path("elsewhere"), tree.path("cg/u/payload/link"));
  EXPECT_THAT(cgroup.pids(), IsEmpty());
}

TEST_F(FakeCgroup, TellsWhetherAnythingRuns) {
  EXPECT_FALSE(cgroup.populated());
  file("cgroup.events", "populated 1\nfrozen 0\n");
  EXPECT_TRUE(cgroup.populated());
}

TEST_F(FakeCgroup, NothingRunsInOneThatIsGone) {
  EXPECT_FALSE(gone.exists());
  EXPECT_THAT(gone.pids(), IsEmpty());
  EXPECT_EQ(gone.count_processes(), 0U);
  EXPECT_FALSE(gone.populated());
  EXPECT_FALSE(gone.frozen());
  EXPECT_NO_THROW(gone.kill());
  EXPECT_TRUE(gone.wait_until_empty(in(std::chrono::hours(1))));
  EXPECT_FALSE(gone.wait_until_frozen(true, in(std::chrono::hours(1))));
}

TEST_F(FakeCgroup, FreezesAndThaws) {
  cgroup.freeze(true);
  EXPECT_EQ(content("cgroup.freeze")[0], '1');
  EXPECT_TRUE(cgroup.freeze_requested());
  EXPECT_FALSE(cgroup.frozen());  // only events tell
  file("cgroup.events", "populated 1\nfrozen 1\n");
  EXPECT_TRUE(cgroup.frozen());
  cgroup.freeze(false);
  EXPECT_FALSE(cgroup.freeze_requested());
}

TEST_F(FakeCgroup, FreezingOneThatIsGoneIsAnError) {
  try {
    gone.freeze(true);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "could not freeze /u/gone: no such file or directory");
  }
  EXPECT_NO_THROW(gone.freeze(false));
}

TEST_F(FakeCgroup, NeverKillsOrFreezesTheRoot) {
  tree.write("cg/cgroup.kill", "");
  tree.write("cg/cgroup.freeze", "");
  for (const char* path : {"/", "//"}) {
    const Cgroup root(path, tree.path("cg"));
    EXPECT_THROW(root.kill(), Error);
    EXPECT_THROW(root.freeze(true), Error);
  }
  EXPECT_EQ(tree.read("cg/cgroup.kill") + tree.read("cg/cgroup.freeze"), "");
}

TEST_F(FakeCgroup, KillsByTheKernel) {
  Child child;
  file("cgroup.procs", std::to_string(child.pid()) + "\n");
  member(child.pid(), "/u/payload");
  file("cgroup.kill", "");
  cgroup.kill();
  EXPECT_EQ(content("cgroup.kill"), "1");
  EXPECT_TRUE(child.was_spared());
}

TEST_F(FakeCgroup, KillsOneByOneOnOldKernels) {
  Child first, second;
  file("cgroup.procs", std::to_string(first.pid()) + "\n");
  file("nested/cgroup.procs", std::to_string(second.pid()) + "\n");
  member(first.pid(), "/u/payload");
  member(second.pid(), "/u/payload/nested");
  cgroup.kill();
  EXPECT_EQ(WTERMSIG(first.wait_status()), SIGKILL);
  EXPECT_EQ(WTERMSIG(second.wait_status()), SIGKILL);
  EXPECT_FALSE(cgroup.freeze_requested());
}

TEST_F(FakeCgroup, SendsASignalToEveryProcess) {
  Child first, second, elsewhere;
  file("cgroup.procs", std::to_string(first.pid()) + "\n" + std::to_string(elsewhere.pid()) + "\n");
  file("nested/cgroup.procs", std::to_string(second.pid()) + "\n");
  member(first.pid(), "/u/payload");
  member(second.pid(), "/u/payload/nested");
  member(elsewhere.pid(), "/u");
  cgroup.signal(SIGUSR1);
  EXPECT_EQ(WTERMSIG(first.wait_status()), SIGUSR1);
  EXPECT_EQ(WTERMSIG(second.wait_status()), SIGUSR1);
  EXPECT_TRUE(elsewhere.was_spared());
}

TEST_F(FakeCgroup, ThePidOfAnotherCgroupsProcessIsSpared) {
  Child elsewhere, similar, unknown;
  file("cgroup.procs", std::to_string(elsewhere.pid()) + "\n" + std::to_string(similar.pid()) + "\n" +
                           std::to_string(unknown.pid()) + "\n0\n4294967295\n");
  member(elsewhere.pid(), "/u");
  member(similar.pid(), "/u/payload2");
  cgroup.kill();
  EXPECT_TRUE(elsewhere.was_spared());
  EXPECT_TRUE(similar.was_spared());
  EXPECT_TRUE(unknown.was_spared());
}

TEST_F(FakeCgroup, WaitsUntilItIsEmpty) {
  file("cgroup.events", "populated 1\nfrozen 0\n");
  std::thread ending([this] { file("cgroup.events", "populated 0\nfrozen 0\n"); });
  EXPECT_TRUE(cgroup.wait_until_empty(in(std::chrono::minutes(1))));
  ending.join();
}

TEST_F(FakeCgroup, WaitsNoLongerThanItsDeadline) {
  file("cgroup.events", "populated 1\nfrozen 0\n");
  const auto begin = steady_clock::now();
  EXPECT_FALSE(cgroup.wait_until_empty(in(milliseconds(30))));
  EXPECT_GE(steady_clock::now() - begin, milliseconds(30));
  EXPECT_FALSE(cgroup.wait_until_empty(in(milliseconds(-5))));
  EXPECT_FALSE(cgroup.wait_until_frozen(true, in(milliseconds(1))));
  EXPECT_TRUE(cgroup.wait_until_frozen(false, in(milliseconds(1))));
}

TEST_F(FakeCgroup, SleepsWhileItWaits) {
  const auto cpu_time = [] {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
  };
  file("cgroup.events", "populated 1\nfrozen 0\n");
  const auto before = cpu_time();
  cgroup.wait_until_empty(in(milliseconds(100)));
  EXPECT_LT(cpu_time() - before, milliseconds(50));
}

TEST_F(FakeCgroup, TellsWhatWasUsed) {
  file("cpu.stat", "usage_usec 1234567\nuser_usec 1000000\nsystem_usec 234567\n");
  file("memory.current", "4096\n");
  file("memory.peak", "8589934592\n");
  file("memory.max", "17179869184\n");
  file("pids.current", "37\n");
  file("io.stat",
       "8:0 rbytes=100 wbytes=20 rios=1 wios=2 dbytes=7 dios=1\n"
       "259:1 rbytes=1000 wbytes=200 rios=1 wios=2 dbytes=7 dios=1\n"
       "7:0 \n");
  EXPECT_EQ(cgroup.cpu_usage_us(), 1'234'567U);
  EXPECT_EQ(cgroup.memory_current(), 4096U);
  EXPECT_EQ(cgroup.memory_peak(), 8'589'934'592U);
  EXPECT_EQ(cgroup.memory_max(), 17'179'869'184U);
  EXPECT_EQ(cgroup.tasks(), 37U);
  EXPECT_EQ(cgroup.io()->read_bytes, 1100U);
  EXPECT_EQ(cgroup.io()->written_bytes, 220U);
}

TEST_F(FakeCgroup, CountsWhatWasKilledForWantOfMemory) {
  file("memory.events", "low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 0\n");
  EXPECT_EQ(cgroup.oom_kills(), 2U);
}

TEST_F(FakeCgroup, WhatTheKernelDoesNotTellIsUnknown) {
  EXPECT_EQ(cgroup.cpu_usage_us(), std::nullopt);
  EXPECT_EQ(cgroup.memory_current(), std::nullopt);
  EXPECT_EQ(cgroup.memory_peak(), std::nullopt);
  EXPECT_EQ(cgroup.tasks(), std::nullopt);
  EXPECT_FALSE(cgroup.io().has_value());
  file("memory.max", "max\n");
  EXPECT_EQ(cgroup.memory_max(), std::nullopt);
  EXPECT_EQ(cgroup.oom_kills(), std::nullopt);
  file("cpu.stat", "usage_usec\nnr_periods 0\n");
  EXPECT_EQ(cgroup.cpu_usage_us(), std::nullopt);
  file("io.stat", "");
  EXPECT_EQ(cgroup.io()->read_bytes, 0U);
}

}  // namespace
}  // namespace jobctl
