#include "proc/end_processes.hpp"

#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/proc/child.hpp"

namespace jobctl {
namespace {

using std::chrono::milliseconds;
using test::Child;

constexpr Duration long_enough = std::chrono::minutes(1);

std::vector<EndedProcess> end(const std::vector<Process>& processes, bool force, Duration timeout) {
  std::vector<EndedProcess> all;
  end_processes(processes, force, timeout, [&](const EndedProcess& ended) { all.push_back(ended); });
  return all;
}

TEST(EndProcesses, SigtermIsEnoughForMost) {
  Child first, second;
  const auto ended = end({*read_process(first.pid()), *read_process(second.pid())}, false, long_enough);
  ASSERT_EQ(ended.size(), 2U);
  for (const EndedProcess& one : ended)
    EXPECT_TRUE(one.is_gone && !one.needed_sigkill && one.problem.empty());
  EXPECT_EQ(WTERMSIG(first.wait_status()), SIGTERM);
  EXPECT_EQ(WTERMSIG(second.wait_status()), SIGTERM);
}

TEST(EndProcesses, SigkillIsForTheRestAndForForce) {
  struct sigaction before {};
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGTERM, &ignore, &before);  // children inherit it
  Child stubborn;
  sigaction(SIGTERM, &before, nullptr);
  Child other, forced;
  const auto ended =
      end({*read_process(stubborn.pid()), *read_process(other.pid())}, false, milliseconds(50));
  ASSERT_EQ(ended.size(), 2U);
  EXPECT_EQ(ended[0].process.pid, other.pid());
  EXPECT_FALSE(ended[0].needed_sigkill);
  EXPECT_EQ(ended[1].process.pid, stubborn.pid());
  EXPECT_TRUE(ended[1].is_gone && ended[1].needed_sigkill);
  EXPECT_GE(ended[1].took, milliseconds(50));
  EXPECT_TRUE(end({*read_process(forced.pid())}, true, long_enough)[0].needed_sigkill);
  EXPECT_EQ(WTERMSIG(forced.wait_status()), SIGKILL);
}

TEST(EndProcesses, AStoppedOneHearsOfIt) {
  Child child;
  kill(child.pid(), SIGSTOP);
  const auto ended = end({*read_process(child.pid())}, false, long_enough);
  EXPECT_TRUE(ended.at(0).is_gone && !ended[0].needed_sigkill);
}

TEST(EndProcesses, WhoeverHasThePidByNowIsSpared) {
  Child child;
  Process earlier = *read_process(child.pid());
  --earlier.start_ticks;
  Process never = earlier;
  never.pid = 1 << 22;  // one more than there can be
  const auto ended = end({earlier, never}, true, long_enough);
  ASSERT_EQ(ended.size(), 2U);
  for (const EndedProcess& one : ended) EXPECT_TRUE(one.is_gone && one.problem.empty());
  EXPECT_TRUE(child.was_spared());
}

TEST(EndProcesses, MoreThanFilesMayBeOpen) {
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  const rlimit few{24, before.rlim_max};
  std::vector<Child> children(40);
  std::vector<Process> processes;
  for (const Child& child : children) processes.push_back(*read_process(child.pid()));
  setrlimit(RLIMIT_NOFILE, &few);
  const auto ended = end(processes, true, long_enough);
  setrlimit(RLIMIT_NOFILE, &before);
  ASSERT_EQ(ended.size(), children.size());
  for (const EndedProcess& one : ended) EXPECT_TRUE(one.is_gone && one.problem.empty());
  for (Child& child : children) EXPECT_EQ(WTERMSIG(child.wait_status()), SIGKILL);
}

TEST(EndProcesses, WhoeverCanNotBeReachedIsNotCalledGone) {
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  Child child;
  const Process process = *read_process(child.pid());
  const pid_t pid = fork();  // the hard limit can't be raised again
  if (pid == 0) {
    const rlimit none{0, 0};
    setrlimit(RLIMIT_NOFILE, &none);
    const auto ended = end({process}, true, long_enough);
    _exit(ended.size() == 1 && !ended[0].is_gone && ended[0].problem == "too many open files" ? 0 : 1);
  }
  int status = -1;
  waitpid(pid, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(child.was_spared());
}

TEST(EndProcesses, ProcessOneIsLeftAndToldWithoutStoppingTheRest) {
  if (geteuid() == 0) GTEST_SKIP() << "root may do it";
  Child child;
  const auto ended = end({*read_process(1), *read_process(child.pid())}, false, long_enough);
  ASSERT_EQ(ended.size(), 2U);
  EXPECT_FALSE(ended[0].is_gone);
  EXPECT_EQ(ended[0].problem, "operation not permitted");
  EXPECT_TRUE(ended[1].is_gone);
}

}  // namespace
}  // namespace jobctl
