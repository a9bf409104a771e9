#include "proc/process.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include "unit/proc/child.hpp"
#include "unit/proc/fake_tree.hpp"

namespace jobctl {
namespace {

using std::chrono::seconds;
using test::Child;
using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::string_literals;

class FakeProc : public testing::Test {
 protected:
  // `after_name` is what follows "PID (NAME)".
  void add(pid_t pid, const std::string& name, const std::string& after_name,
           const std::string& cmdline) const {
    const std::string directory = std::to_string(pid);
    tree.write(directory + "/stat", directory + " (" + name + ")" + after_name);
    tree.write(directory + "/cmdline", cmdline);
  }
  std::optional<Process> read(pid_t pid) const { return read_process(pid, tree.root()); }

  const std::string ordinary = " S 7 5 5 0 -1 4194560 1 2 3 4 250 50 0 0 20 0 1 0 100 4096 300 1844 1 1 0\n";
  test::FakeTree tree;
};

TEST_F(FakeProc, TellsAboutAProcess) {
  add(5, "python3", ordinary, "python3\0train.py\0--name=a b\0"s);
  const auto process = read(5).value();
  EXPECT_EQ(process.pid, 5);
  EXPECT_EQ(process.parent, 7);
  EXPECT_EQ(process.state, 'S');
  EXPECT_EQ(process.name, "python3");
  EXPECT_THAT(process.argv, ElementsAre("python3", "train.py", "--name=a b"));
  EXPECT_EQ(process.resident_bytes, 300U * static_cast<uint64_t>(sysconf(_SC_PAGESIZE)));
  EXPECT_EQ(process.cpu_time, seconds(300) / sysconf(_SC_CLK_TCK));
}

TEST_F(FakeProc, TellsWhatAProcessUses) {
  add(5, "a) (b", " S 7 5 5 0 -1 4194560 1 2 3 4 250 50 0 0 20 0 12 0 100 4096 300 1844 1 1 0\n", "x\0"s);
  auto usage = read_process_usage(5, tree.root()).value();
  EXPECT_EQ(usage.resident_bytes, 300U * static_cast<uint64_t>(sysconf(_SC_PAGESIZE)));
  EXPECT_EQ(usage.threads, 12U);
  EXPECT_EQ(usage.read_bytes, std::nullopt) << "its io can't be read";
  tree.write(
      "5/io",
      "rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: 5\nwrite_bytes: 6\ncancelled_write_bytes: 7\n");
  usage = read_process_usage(5, tree.root()).value();
  EXPECT_EQ(usage.read_bytes, 5U);
  EXPECT_EQ(usage.written_bytes, 6U);
  tree.write("5/io", "read_bytes: -1\nwrite_bytes\n");
  usage = read_process_usage(5, tree.root()).value();
  EXPECT_EQ(usage.read_bytes, std::nullopt);
  EXPECT_EQ(usage.written_bytes, std::nullopt);
  EXPECT_FALSE(read_process_usage(6, tree.root()).has_value());
}

TEST_F(FakeProc, NamesMayHoldAnything) {
  for (const char* name : {"a) S 1 (b", "((", "))", " ) R 9 9 ", "a\nb", ""}) {
    add(5, name, ordinary, "x\0"s);
    ASSERT_TRUE(read(5).has_value()) << name;
    EXPECT_EQ(read(5)->name, name);
    EXPECT_EQ(read(5)->parent, 7);
  }
}

TEST_F(FakeProc, EmptyArgumentsAreArguments) {
  add(5, "x", ordinary, "x\0\0y\0"s);
  EXPECT_THAT(read(5)->argv, ElementsAre("x", "", "y"));
}

TEST_F(FakeProc, ATitleWrittenOverTheArgumentsEndsAtItsNuls) {
  add(5, "x", ordinary, "nginx: worker process\0\0\0\0\0\0"s);
  EXPECT_THAT(read(5)->argv, ElementsAre("nginx: worker process"));
  add(5, "x", ordinary, "no terminator");
  EXPECT_THAT(read(5)->argv, ElementsAre("no terminator"));
  add(5, "x", ordinary, "\0\0\0"s);
  EXPECT_THAT(read(5)->argv, IsEmpty());
}

TEST_F(FakeProc, AProcessWithoutArgumentsHasItsName) {
  add(5, "python3", ordinary, "");
  EXPECT_EQ(command_line(*read(5)), "[python3]");
  add(5, "python3", ordinary, "python3\0-c\0a\nb\0"s);
  EXPECT_EQ(command_line(*read(5)), "python3 -c a\nb");
}

TEST_F(FakeProc, VeryLongArgumentsAreCut) {
  add(5, "x", ordinary, std::string(1'000'000, 'x'));
  EXPECT_EQ(read(5)->argv[0].size(), 65536U);
}

TEST_F(FakeProc, WhatIsGoneOrMalformedIsNothing) {
  EXPECT_EQ(read(5), std::nullopt);
  for (const char* text : {"", "5", "5 (x", "5 x)", "5 )x(", "5 (x)", "5 (x) S", "5 (x) S 7 5", "5 (x)S 7"}) {
    tree.write("5/stat", text);
    EXPECT_EQ(read(5), std::nullopt) << text;
  }
}

TEST_F(FakeProc, AVanishedCommandLineIsNoError) {
  add(5, "x", ordinary, "");
  tree.remove("5/cmdline");
  EXPECT_THAT(read(5)->argv, IsEmpty());
}

TEST_F(FakeProc, ReadsThoseThatAreStillThere) {
  add(5, "a", ordinary, "a\0"s);
  add(9, "b", ordinary, "b\0"s);
  const auto processes = read_processes({5, 6, 9}, tree.root());
  ASSERT_EQ(processes.size(), 2U);
  EXPECT_EQ(processes[0].pid, 5);
  EXPECT_EQ(processes[1].pid, 9);
  EXPECT_EQ(processes[0].started_at, processes[1].started_at);
}

TEST(Process, ThisOne) {
  const auto process = read_process(getpid()).value();
  EXPECT_EQ(process.parent, getppid());
  EXPECT_EQ(process.state, 'R');
  EXPECT_GT(process.resident_bytes, 100'000U);
  EXPECT_FALSE(process.argv.empty());
  EXPECT_LE(process.started_at, now());
}

TEST(Process, AChildStartsNow) {
  const Time before = now();
  const Child child;
  const auto process = read_process(child.pid()).value();
  EXPECT_EQ(process.parent, getpid());
  EXPECT_GE(process.started_at, before - seconds(1));
  EXPECT_LE(process.started_at, now() + seconds(1));
}

TEST(Process, AZombieHasNoArguments) {
  Child child;
  kill(child.pid(), SIGKILL);
  siginfo_t info{};
  waitid(P_PID, static_cast<id_t>(child.pid()), &info, WEXITED | WNOWAIT);
  const auto process = read_process(child.pid()).value();
  EXPECT_EQ(process.state, 'Z');
  EXPECT_EQ(command_line(process), "[" + process.name + "]");
}

}  // namespace
}  // namespace jobctl
