#include "proc/tree.hpp"

#include <gmock/gmock.h>

#include "util/display.hpp"

namespace jobctl {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

// Started at second PID, unless said otherwise.
Process process(pid_t pid, pid_t parent, const std::string& command, int64_t second = -1) {
  Process process;
  process.pid = pid;
  process.parent = parent;
  process.argv = {command};
  process.started_at = Time(seconds(second < 0 ? pid : second));
  return process;
}

std::vector<std::string> lines(std::vector<Process> processes, size_t width = 0) {
  return tree_lines(arrange(std::move(processes)), width);
}

TEST(Tree, ShowsWhoStartedWhom) {
  EXPECT_THAT(lines({process(10, 1, "main"), process(11, 10, "a"), process(12, 10, "b"), process(13, 11, "c"),
                     process(14, 11, "d"), process(15, 12, "e")}),
              ElementsAre("10 main",   //
                          "├─11 a",    //
                          "│ ├─13 c",  //
                          "│ └─14 d",  //
                          "└─12 b",    //
                          "  └─15 e"));
}

TEST(Tree, OrdersSiblingsByTheirStart) {
  EXPECT_THAT(lines({process(10, 1, "main"), process(30, 10, "old", 20), process(12, 10, "new", 40),
                     process(31, 10, "twin", 20)}),
              ElementsAre("10 main", "├─30 old", "├─31 twin", "└─12 new"));
}

TEST(Tree, ThoseWhoOutlivedTheirParentsAreRoots) {
  EXPECT_THAT(lines({process(20, 1, "daemon"), process(10, 5, "main"), process(21, 20, "worker")}),
              ElementsAre("10 main", "20 daemon", "└─21 worker"));
}

TEST(Tree, NothingIsATree) {
  EXPECT_THAT(lines({}), IsEmpty());
}

TEST(Tree, LosesNobodyInACircle) {
  EXPECT_THAT(
      lines({process(10, 11, "a"), process(11, 10, "b"), process(12, 12, "self"), process(9, 1, "root")}),
      ElementsAre("9 root", "10 a", "└─11 b", "12 self"));
}

TEST(Tree, ShowsAPidThatWasReadTwiceOnce) {
  const auto tree = arrange({process(10, 1, "main"), process(11, 10, "a"), process(11, 10, "a")});
  EXPECT_EQ(tree.size(), 3U);
}

TEST(Tree, NoCommandLineBreaksLinesOrMovesTheTerminal) {
  EXPECT_THAT(lines({process(10, 1, "a\n11 b\x1b[2J\xff")}), ElementsAre("10 a\\n11 b\\x1b[2J\\xff"));
}

TEST(Tree, CutsLinesToTheWidth) {
  EXPECT_THAT(lines({process(10, 1, "main program"), process(11, 10, "worker")}, 9),
              ElementsAre("10 main …", "└─11 wor…"));
}

TEST(Tree, AChainOfAnyLengthStaysReadable) {
  std::vector<Process> chain;
  for (pid_t pid = 10; pid < 100'010; pid++) chain.push_back(process(pid, pid - 1, "x"));
  const auto shown = lines(chain);
  EXPECT_EQ(shown.size(), chain.size());
  for (const std::string& line : {shown[1000], shown.back()}) EXPECT_LT(display_width(line), 80U);
  EXPECT_EQ(shown[2], "  └─12 x");
}

}  // namespace
}  // namespace jobctl
