#include "config/config.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include <gtest/gtest.h>
#include <unistd.h>

#include "util/error.hpp"

namespace jobctl {
namespace {

using namespace std::string_literals;

class ConfigTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/jobctl-config-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    directory_ = name;
    for (const char* variable : {"JOBCTL_LOGS", "JOBCTL_LINGER", "JOBCTL_STOP_TIMEOUT", "JOBCTL_DETACH_KEYS",
                                 "XDG_STATE_HOME", "XDG_CONFIG_HOME"})
      unsetenv(variable);
    setenv("HOME", "/home/alice", 1);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(directory_ + "/" + name) << text;
    return directory_ + "/" + name;
  }

  Config load(const std::string& text) const { return load_config(false, {write("config.toml", text)}); }

  // "<message> | <hint>", without the directory.
  std::string error_of(const std::string& text) const {
    try {
      load(text);
    } catch (const Error& error) {
      const std::string message = error.what() + (error.hint.empty() ? "" : " | " + error.hint);
      return message.starts_with(directory_) ? message.substr(directory_.size() + 1) : message;
    }
    return "";
  }

  std::string directory_;
};

TEST_F(ConfigTest, HasDefaults) {
  const Config config = load_config(false, {});
  EXPECT_EQ(config.paths.state_dir, "/home/alice/.local/state/jobctl");
  EXPECT_EQ(config.paths.logs, "/home/alice/.local/state/jobctl/logs");
  EXPECT_EQ(config.linger, Linger::always);
  EXPECT_EQ(config.stop_timeout, std::chrono::seconds(10));
  EXPECT_EQ(config.detach_keys, "ctrl-p,ctrl-q");
}

TEST_F(ConfigTest, TheExampleHoldsTheDefaults) {
  std::ifstream file(JOBCTL_EXAMPLE);
  std::string text;
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("#") && line.find(" = ") != std::string::npos && line[1] != ' ')
      text += line.substr(1) + "\n";
  const Config example = load(text), defaults = load("");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 4);
  EXPECT_EQ(example.paths.logs, defaults.paths.logs);
  EXPECT_EQ(example.linger, defaults.linger);
  EXPECT_EQ(example.stop_timeout, defaults.stop_timeout);
  EXPECT_EQ(example.detach_keys, defaults.detach_keys);
}

TEST_F(ConfigTest, ReadsEveryKey) {
  const Config config = load(
      "# mine\nlogs = '/data/logs/'\nlinger = \"never\"\nstop_timeout = \"1min 30s\"\ndetach_keys = "
      "'ctrl-],d'\n");
  EXPECT_EQ(config.paths.logs, "/data/logs");
  EXPECT_EQ(config.paths.state_dir, "/home/alice/.local/state/jobctl");
  EXPECT_EQ(config.linger, Linger::never);
  EXPECT_EQ(config.stop_timeout, std::chrono::seconds(90));
  EXPECT_EQ(config.detach_keys, "ctrl-],d");
}

TEST_F(ConfigTest, TakesATimeoutAsNumberOrInfinity) {
  EXPECT_EQ(load("stop_timeout = 25").stop_timeout, std::chrono::seconds(25));
  EXPECT_EQ(load("stop_timeout = 'infinity'").stop_timeout, std::nullopt);
}

TEST_F(ConfigTest, ExpandsTheHomeDirectory) {
  EXPECT_EQ(load("logs = '~/logs'").paths.logs, "/home/alice/logs");
  EXPECT_EQ(load("logs = '~'").paths.logs, "/home/alice");
}

TEST_F(ConfigTest, LaterFilesOverrideKeyByKey) {
  const Config config = load_config(false, {write("a.toml", "linger = 'ask'\nlogs = '/a'"),
                                            directory_ + "/none", write("b.toml", "logs = '/b'")});
  EXPECT_EQ(config.paths.logs, "/b");
  EXPECT_EQ(config.linger, Linger::ask);
}

TEST_F(ConfigTest, EnvironmentOverridesFiles) {
  setenv("JOBCTL_LINGER", "never", 1);
  setenv("JOBCTL_STOP_TIMEOUT", "3", 1);
  setenv("JOBCTL_LOGS", "~/here", 1);
  setenv("JOBCTL_DETACH_KEYS", "", 1);  // empty is unset
  const Config config = load("linger = 'ask'\nstop_timeout = '5s'\ndetach_keys = 'ctrl-x'");
  EXPECT_EQ(config.linger, Linger::never);
  EXPECT_EQ(config.stop_timeout, std::chrono::seconds(3));
  EXPECT_EQ(config.paths.logs, "/home/alice/here");
  EXPECT_EQ(config.detach_keys, "ctrl-x");
}

TEST_F(ConfigTest, NamesFileLineAndKeyOfAnUnknownKey) {
  EXPECT_EQ(error_of("# first\n\nlingr = 'ask'\n"),
            "config.toml:3: lingr: unknown key | did you mean linger?");
  EXPECT_EQ(error_of("colour = 1\n"),
            "config.toml:1: colour: unknown key | the keys are logs, linger, stop_timeout, detach_keys");
  EXPECT_EQ(error_of("[logs.x]\n"),
            "config.toml:1: logs.x: unknown table logs | the tables are [start] and [cleanup]");
  EXPECT_EQ(error_of("[stop]\n"),
            "config.toml:1: stop.stop: unknown table stop | the tables are [start] and [cleanup]");
  EXPECT_EQ(error_of("'a\\nb' = 1\n").substr(0, 14), "config.toml:1:");
}

std::vector<std::string> start_of(const Config& config) {
  std::vector<std::string> texts;
  for (const StartDefault& entry : config.start)
    texts.push_back(std::string(entry.policy->name) + "=" + entry.text);
  return texts;
}

TEST_F(ConfigTest, HasDefaultsForJobs) {
  EXPECT_TRUE(load("").start.empty());
  const Config config =
      load("linger = 'ask'\n[start]\nmemory = '4G'\ncpus = 1.5\nnice = -5\nrestart_delay = 3\n");
  EXPECT_EQ(start_of(config),
            (std::vector<std::string>{"memory=4G", "cpus=1.5", "nice=-5", "restart-delay=3"}));
  EXPECT_TRUE(config.start.front().origin.ends_with("config.toml:3")) << config.start.front().origin;
}

TEST_F(ConfigTest, LaterFilesOverrideDefaultsForJobsKeyByKey) {
  const Config config = load_config(false, {write("a.toml", "[start]\nmemory = '1G'\nnice = 3"),
                                            write("b.toml", "[start]\nmemory = '2G'")});
  EXPECT_EQ(start_of(config), (std::vector<std::string>{"nice=3", "memory=2G"}));
}

TEST_F(ConfigTest, NamesWhatIsWrongInDefaultsForJobs) {
  EXPECT_EQ(error_of("[start]\nmemmory = '4G'"),
            "config.toml:2: start.memmory: unknown key | did you mean memory?");
  EXPECT_EQ(error_of("[start]\nmemory = '4X'"),
            "config.toml:2: start.memory: \"4X\" is not a size (for example 512M, 4G, 1.5G)");
  EXPECT_EQ(error_of("[start]\nmemory = ['4G']"),
            "config.toml:2: start.memory: must be a string or a number");
  EXPECT_EQ(error_of("[start]\nport = 80"),
            "config.toml:2: start.port: is one job's and can't be every job's");
  EXPECT_EQ(error_of("[start]\ngpu = 'auto'"),
            "config.toml:2: start.gpu: is one job's and can't be every job's");
  EXPECT_EQ(error_of("[start]\non-end = 'mail'"),
            "config.toml:2: start.on-end: unknown key | did you mean on_end?");
  EXPECT_EQ(error_of("[start]\non_end = true"),
            "config.toml:2: start.on_end: must be a string or a list of strings");
  EXPECT_EQ(error_of("[start]\non_end = ['notify', ['mail']]"),
            "config.toml:2: start.on_end: must be a string or a list of strings");
  EXPECT_EQ(error_of("[start]\non_failure = ['notify', 'exec:']"),
            "config.toml:2: start.on_failure: \"exec:\" has no command");
  EXPECT_EQ(error_of("[start]\non_unhealthy = ['kill', 'restart']"),
            "config.toml:2: start.on_unhealthy: kill and restart exclude each other");
}

TEST_F(ConfigTest, DefaultsThatMayBeGivenMoreThanOnceAreLists) {
  const auto with = [&](const char* later) {
    return start_of(load_config(
        false, {write("a.toml", "[start]\non_end = ['notify', 'mail']"), write("b.toml", later)}));
  };
  EXPECT_EQ(with(""), (std::vector<std::string>{"on-end=notify", "on-end=mail"}));
  EXPECT_EQ(with("[start]\non_end = 'exec:true'"), (std::vector<std::string>{"on-end=exec:true"}));
  EXPECT_EQ(with("[start]\non_end = []"), std::vector<std::string>());
}

TEST_F(ConfigTest, TellsWhereEachValueIsSaid) {
  setenv("JOBCTL_LINGER", "never", 1);
  const Config config = load("\nstop_timeout = 25\n");
  std::vector<std::string> told;
  for (const EffectiveValue& entry : config.values)
    told.push_back(entry.key + " " + entry.value + " " + entry.origin.substr(entry.origin.rfind('/') + 1));
  EXPECT_EQ(told, (std::vector<std::string>{"logs /home/alice/.local/state/jobctl/logs default",
                                            "linger never JOBCTL_LINGER", "stop_timeout 25 config.toml:2",
                                            "detach_keys ctrl-p,ctrl-q default"}));
}

TEST_F(ConfigTest, NamesWrongTypes) {
  EXPECT_EQ(error_of("logs = 5"), "config.toml:1: logs: must be a string");
  EXPECT_EQ(error_of("\nlinger = true"), "config.toml:2: linger: must be a string");
  EXPECT_EQ(error_of("stop_timeout = [1]"), "config.toml:1: stop_timeout: must be a string or a number");
  EXPECT_EQ(error_of("start = 1"),
            "config.toml:1: start: unknown key | the keys are logs, linger, stop_timeout, detach_keys");
  EXPECT_EQ(error_of("detach_keys = 1979-05-27"), "config.toml:1: detach_keys: must be a string");
}

TEST_F(ConfigTest, NamesBadValues) {
  EXPECT_EQ(error_of("linger = 'alway'"),
            "config.toml:1: linger: \"alway\" is none of always, ask, never | did you mean always?");
  EXPECT_EQ(error_of("linger = ''"), "config.toml:1: linger: \"\" is none of always, ask, never");
  for (const char* logs : {"", "logs", "./logs", "~bob/logs", "../x"})
    EXPECT_EQ(error_of("logs = '"s + logs + "'"),
              "config.toml:1: logs: \""s + logs + "\" is not an absolute path");
  EXPECT_TRUE(error_of("logs = \"/a\\u0000b\"").ends_with("is not an absolute path"));
  EXPECT_TRUE(error_of("stop_timeout = 'soon'").starts_with("config.toml:1: stop_timeout: \"soon\""));
  EXPECT_NE(error_of("stop_timeout = -5"), "");
  for (const char* keys : {"", "ctrl-", "ctrl-P", "ctrl-pp", "ctrl-p,", ",", "pq", "\xc3\xa4", "ctrl-1"})
    EXPECT_NE(error_of("detach_keys = \""s + keys + "\""), "") << keys;
}

TEST_F(ConfigTest, NamesTheVariableOfABadValue) {
  setenv("JOBCTL_LINGER", "sometimes", 1);
  EXPECT_EQ(error_of(""), "JOBCTL_LINGER: \"sometimes\" is none of always, ask, never");
}

TEST_F(ConfigTest, NamesTheLineOfASyntaxError) {
  EXPECT_TRUE(error_of("linger = 'ask'\nlogs = \n").starts_with("config.toml:2:8: not valid TOML: "));
  EXPECT_TRUE(error_of("linger = 'ask'\nlinger = 'ask'\n").starts_with("config.toml:2:"));
  EXPECT_TRUE(error_of("\xff\xfe").starts_with("config.toml:1:1: not valid TOML: "));
}

TEST_F(ConfigTest, IsNotDisturbedByMissingFiles) {
  EXPECT_NO_THROW(load_config(false, {directory_ + "/none/config.toml", write("x", "") + "/config.toml"}));
}

TEST_F(ConfigTest, SaysWhenAFileCannotBeRead) {
  EXPECT_THROW(load_config(false, {directory_}), Error);
  std::filesystem::create_symlink("loop", directory_ + "/loop");
  EXPECT_THROW(load_config(false, {directory_ + "/loop"}), Error);
}

TEST_F(ConfigTest, IsNotReadFromOthersByRoot) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  const std::string file = write("config.toml", "linger = 'ask'");
  EXPECT_EQ(load_config(false, {file}).linger, Linger::ask);
  ASSERT_EQ(chown(file.c_str(), 1000, 1000), 0);
  EXPECT_EQ(load_config(false, {file}).linger, Linger::always);
}

// ASCII only: toml++ 3.3 has a harmless __builtin_unreachable() for other characters outside strings.
TEST_F(ConfigTest, SurvivesRandomFiles) {
  std::mt19937 random(9);
  const std::string base = "logs = '/data'\nlinger = \"never\"\nstop_timeout = \"1min\"\n[x]\ny = [1, 2]\n";
  for (int i = 0; i < 5000; ++i) {
    std::string text = base;
    for (size_t count = random() % 6; count > 0; --count)
      text[random() % text.size()] = static_cast<char>(random() % 128);
    const std::string error = error_of(text);  // an Error that names the file, or none
    ASSERT_TRUE(error.empty() || error.starts_with("config.toml:")) << error << "\n" << text;
  }
}

}  // namespace
}  // namespace jobctl
