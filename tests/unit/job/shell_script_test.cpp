#include "job/shell_script.hpp"

#include <array>
#include <cstdio>

#include <gtest/gtest.h>
#include <sys/wait.h>

namespace jobctl {
namespace {

TEST(ShellScript, RunsCommandsUntilOneFails) {
  EXPECT_EQ(shell_script({{"a", "x y"}}, false, {}), "exec 'a' 'x y'");
  EXPECT_EQ(shell_script({{"a"}, {"b"}, {"c", "it's"}}, false, {}),
            R"((exec 'a') && (exec 'b') && exec 'c' 'it'\''s')");
}

TEST(ShellScript, BeginsWithWhatNobodyElseDoes) {
  EXPECT_EQ(shell_script({{"a"}}, false, {"/d\n", "/l"}), "cd '/d\n' || exit; exec >>'/l' 2>&1; exec 'a'");
}

struct Ended {
  std::string output;
  int status;
};

Ended run(const std::string& script) {
  const std::string file = testing::TempDir() + "/script";
  FILE* out = fopen(file.c_str(), "w");
  fwrite(script.data(), 1, script.size(), out);
  fclose(out);
  Ended ended{};
  FILE* pipe = popen(("/bin/sh " + file).c_str(), "r");
  std::array<char, 4096> buffer{};
  for (size_t n = 0; (n = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
    ended.output.append(buffer.data(), n);
  ended.status = WEXITSTATUS(pclose(pipe));
  return ended;
}

const Argv say(const std::string& word) {
  return {"printf", "%s.", word};
}

TEST(ShellScript, TellsTheFirstFailure) {
  const std::vector<Argv> commands = {
      say("1"), {"sh", "-c", "exit 3"}, say("2"), {"sh", "-c", "exit 4"}, {"true"}};
  const Ended stops = run(shell_script(commands, false, {}));
  EXPECT_EQ(stops.output, "1.");
  EXPECT_EQ(stops.status, 3);
  const Ended goes_on = run(shell_script(commands, true, {}));
  EXPECT_EQ(goes_on.output, "1.2.");
  EXPECT_EQ(goes_on.status, 3);
  EXPECT_EQ(run(shell_script({say("1"), {"true"}}, true, {})).status, 0);
}

TEST(ShellScript, PassesEveryByte) {
  std::string bytes;
  for (int byte = 1; byte < 256; ++byte) bytes += static_cast<char>(byte);
  EXPECT_EQ(run(shell_script({say(bytes)}, false, {})).output, bytes + ".");
}

TEST(ShellScript, IsAlwaysUtf8) {
  EXPECT_EQ(shell_script({{"a", "\xff%\\"}}, false, {}),
            R"x(eval "$(printf 'exec '\''a'\'' '\''\377%%\\'\''')")x");
  EXPECT_EQ(shell_script({{"a", "\xc3\xbc"}}, false, {}), "exec 'a' '\xc3\xbc'");
}

TEST(ShellScript, DoesNothingElsewhereThanTold) {
  const Ended ended = run(shell_script({say("1")}, false, {"/nonexistent", ""}));
  EXPECT_EQ(ended.output, "");
  EXPECT_NE(ended.status, 0);
}

}  // namespace
}  // namespace jobctl
