// The same class on the kernel's own cgroupfs, where this process may make a cgroup.
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "proc/cgroup.hpp"
#include "unit/proc/child.hpp"

namespace jobctl {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;
using test::Child;

// Where cgroup2 is mounted; "" where it isn't.
std::string mount_point() {
  std::ifstream mounts("/proc/self/mounts");
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream words(line);
    std::string device, directory, type;
    words >> device >> directory >> type;
    if (type == "cgroup2") return directory;
  }
  return "";
}

class KernelCgroup : public testing::Test {
 protected:
  void SetUp() override {
    root_ = mount_point();
    if (root_.empty()) GTEST_SKIP() << "no cgroup v2 is mounted";
    const std::string own = own_cgroup();
    path_ = (own == "/" ? "" : own) + "/jobctl-test-" + std::to_string(getpid());
    if (mkdir((root_ + path_).c_str(), 0755) < 0) GTEST_SKIP() << "may not make a cgroup below " << own;
    if (mkdir((root_ + path_ + "/nested").c_str(), 0755) < 0) GTEST_SKIP() << "may not nest cgroups";
  }
  void TearDown() override {
    if (path_.empty()) return;
    rmdir((root_ + path_ + "/nested").c_str());
    rmdir((root_ + path_).c_str());
  }

  Cgroup cgroup() const { return Cgroup(path_, root_); }
  bool move(const Child& child, const std::string& below = "") const {
    std::ofstream file(root_ + path_ + below + "/cgroup.procs");
    file << child.pid() << std::flush;
    return file.good();
  }
  static Cgroup::Deadline soon() { return steady_clock::now() + seconds(20); }

  std::string root_;
  std::string path_;
};

TEST_F(KernelCgroup, KillsAllBelow) {
  Child first, second;
  if (!move(first) || !move(second, "/nested")) GTEST_SKIP() << "may not move processes";
  EXPECT_EQ(cgroup().count_processes(), 2U);
  EXPECT_TRUE(cgroup().populated());
  cgroup().kill();
  EXPECT_TRUE(cgroup().wait_until_empty(soon()));
  EXPECT_EQ(WTERMSIG(first.wait_status()), SIGKILL);
  EXPECT_EQ(WTERMSIG(second.wait_status()), SIGKILL);
  EXPECT_FALSE(cgroup().populated());
}

// The cgroup that is made next under the same path holds another run of the job.
TEST_F(KernelCgroup, PinnedIsNeverTheNextOneOfTheSamePath) {
  const Cgroup nested(path_ + "/nested", root_);
  const Cgroup pinned = nested.pinned();
  const uint64_t id = nested.id();
  EXPECT_NE(id, 0U);
  EXPECT_EQ(pinned.id(), id);
  ASSERT_EQ(rmdir(nested.directory().c_str()), 0);
  EXPECT_EQ(nested.id(), 0U);
  ASSERT_EQ(mkdir(nested.directory().c_str(), 0755), 0);
  EXPECT_NE(nested.id(), id);
  Child child;
  if (!move(child, "/nested")) GTEST_SKIP() << "may not move processes";
  EXPECT_EQ(pinned.count_processes(), 0U);
  pinned.kill();
  EXPECT_EQ(nested.count_processes(), 1U);
  EXPECT_EQ(nested.pinned().count_processes(), 1U);
}

TEST_F(KernelCgroup, FreezesWhatIsKilledLater) {
  Child child;
  if (!move(child)) GTEST_SKIP() << "may not move processes";
  cgroup().freeze(true);
  EXPECT_TRUE(cgroup().wait_until_frozen(true, soon()));
  EXPECT_TRUE(cgroup().frozen());
  EXPECT_TRUE(Cgroup(path_ + "/nested", root_).frozen());
  EXPECT_FALSE(Cgroup(path_ + "/nested", root_).freeze_requested());
  cgroup().kill();
  EXPECT_EQ(WTERMSIG(child.wait_status()), SIGKILL);
  cgroup().freeze(false);
  EXPECT_TRUE(cgroup().wait_until_frozen(false, soon()));
}

TEST_F(KernelCgroup, IsToldWhenItBecomesEmpty) {
  Child child;
  if (!move(child)) GTEST_SKIP() << "may not move processes";
  EXPECT_FALSE(cgroup().wait_until_empty(steady_clock::now()));
  kill(child.pid(), SIGTERM);
  EXPECT_TRUE(cgroup().wait_until_empty(soon()));
}

TEST_F(KernelCgroup, TellsWhatWasUsed) {
  EXPECT_TRUE(cgroup().cpu_usage_us().has_value());
}

}  // namespace
}  // namespace jobctl
