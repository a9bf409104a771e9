#include "config/job_file.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "util/error.hpp"

namespace jobctl {
namespace {

class JobFileTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/jobctl-job-file-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    directory_ = name;
    setenv("HOME", "/home/alice", 1);
    setenv("XDG_CONFIG_HOME", (directory_ + "/config").c_str(), 1);
  }
  void TearDown() override {
    unsetenv("XDG_CONFIG_HOME");
    std::filesystem::remove_all(directory_);
  }

  std::string write(const std::string& name, const std::string& text) const {
    const std::filesystem::path path = directory_ + "/" + name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return path;
  }

  JobFile read(const std::string& text) const {
    return read_job_file(write("web.toml", text), "/home/alice");
  }

  // "LINE:COLUMN: …" or "…" behind the file's name.
  std::string error_of(const std::string& text) const {
    try {
      read(text);
    } catch (const Error& error) {
      EXPECT_EQ(error.code, Errc::usage);
      const std::string message = error.what(), file = directory_ + "/web.toml:";
      EXPECT_TRUE(message.starts_with(file)) << message;
      return message.substr(std::min(message.size(), file.size()));
    }
    return "";
  }

  std::string directory_;
};

TEST_F(JobFileTest, IsCalledLikeItsFile) {
  const JobFile job_file = read("command = ['sleep', '9']\n");
  EXPECT_EQ(job_file.name, "web");
  EXPECT_EQ(job_file.file, directory_ + "/web.toml");
  EXPECT_EQ(job_file.definition.name, "web");
  EXPECT_EQ(job_file.definition.commands, (std::vector<Argv>{{"sleep", "9"}}));
  EXPECT_EQ(job_file.at, std::nullopt);
  EXPECT_FALSE(job_file.schedule);
  EXPECT_EQ(read("command = ['a']\nname = 'other'\n").definition.name, "other");
}

TEST_F(JobFileTest, KnowsNoPlaceholders) {
  EXPECT_EQ(read("command = ['echo', '{model}', '{{', '}']\n").definition.commands,
            (std::vector<Argv>{{"echo", "{model}", "{{", "}"}}));
}

TEST_F(JobFileTest, SaysWhenItStarts) {
  const std::string command = "command = ['a']\n[install]\nat = ";
  EXPECT_EQ(read(command + "'boot'\n").at, StartAt::boot);
  EXPECT_EQ(read(command + "'login'\n").at, StartAt::login);
  EXPECT_EQ(read(command + "'demand'\n").at, StartAt::demand);
}

TEST_F(JobFileTest, HasASchedule) {
  const FileSchedule schedule =
      read(
          "command = ['a']\n[schedule]\ncalendar = ['Mon 9:00', 'Tue 10:00']\nevery = '90min'\n"
          "after_boot = 30\npersistent = true\nrandomized_delay = '1min'\n")
          .schedule;
  EXPECT_TRUE(schedule);
  EXPECT_EQ(schedule.calendar, (std::vector<std::string>{"Mon 9:00", "Tue 10:00"}));
  EXPECT_EQ(schedule.every, std::chrono::minutes(90));
  EXPECT_EQ(schedule.after_boot, std::chrono::seconds(30));
  EXPECT_EQ(schedule.randomized_delay, std::chrono::minutes(1));
  EXPECT_TRUE(schedule.persistent);
}

TEST_F(JobFileTest, ADropInChangesSingleKeys) {
  write("web.toml.d/10-env.toml", "env = {B = 'changed'}\n[schedule]\nevery = '2h'\n");
  write("web.toml.d/install.toml", "[install]\nat = 'demand'\n");
  const JobFile job_file =
      read("command = ['a']\nenv = {A = '1', B = '2'}\n[install]\nat = 'boot'\n[schedule]\nevery = '1h'\n");
  EXPECT_EQ(job_file.definition.environment, (std::vector<std::string>{"A=1", "B=changed"}));
  EXPECT_EQ(job_file.schedule.every, std::chrono::hours(2));
  EXPECT_EQ(job_file.at, StartAt::demand);
}

TEST_F(JobFileTest, AnErrorInADropInNamesTheDropIn) {
  const std::string drop_in = write("web.toml.d/10.toml", "\n[install]\nat = 'noon'\n");
  try {
    read("command = ['a']\n[install]\nat = 'boot'\n");
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).rfind(drop_in + ":3:", 0), 0U) << error.what();
  }
}

TEST_F(JobFileTest, ItsOwnKeysWinOverTheTemplates) {
  write("config/jobctl/templates/kind.toml",
        "command = ['serve', '{model}']\nstop_signal = 'SIGINT'\nmemory = '1G'\n"
        "[parameters.model]\ntype = 'path'\nrequired = true\n");
  const JobFile job_file = read("template = 'kind'\nmemory = '2G'\n[with]\nmodel = '~/m.gguf'\n");
  EXPECT_EQ(job_file.job_template, "kind");
  EXPECT_EQ(job_file.definition.commands, (std::vector<Argv>{{"serve", "/home/alice/m.gguf"}}));
  EXPECT_EQ(job_file.definition.stop_signal, "SIGINT");
  EXPECT_EQ(job_file.definition.policies.at("memory"), std::vector<std::string>{"2G"});
  EXPECT_EQ(job_file.definition.type, "kind");
  EXPECT_EQ(error_of("template = 'kind'\n").rfind("1:", 0), 0U);
  EXPECT_EQ(error_of("template = 'kind'\n\n[with]\nmodle = 'x'\n").rfind("3:", 0), 0U);
}

TEST_F(JobFileTest, HomeIsWritten) {
  const JobFile job_file = read("command = ['a', '~/b']\ndirectory = '~/models'\nlog_file = '~/l.log'\n");
  EXPECT_EQ(job_file.definition.directory, "/home/alice/models");
  EXPECT_EQ(job_file.definition.log_file, "/home/alice/l.log");
  EXPECT_EQ(job_file.definition.commands.front().back(), "~/b");
}

TEST_F(JobFileTest, RefusesWhatCanNotBeMeant) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", " has neither command nor template"},
      {"command = ['a']\nscope = true\n", " scope: a unit with a file is a service"},
      {"command = ['a']\ndirectory = 'b'\n", " b is not an absolute path"},
      {"command = ['a']\nevery = '1h'\n", "2:1: every: stands in a job file's [schedule]"},
      {"command = ['a']\n[with]\nb = 1\n", "2:2: with: has no effect without template"},
      {"command = ['a']\n[install]\n", "2:2: install: says nothing"},
      {"command = ['a']\n[install]\nat = 'noon'\n", "3:1: at: must be boot, login or demand"},
      {"command = ['a']\n[install]\nAt = 'boot'\n", "3:1: At: unknown key"},
      {"install = 1\ncommand = ['a']\n", "1:1: install: must be a table: [install]"},
      {"command = ['a']\n[schedule]\n", "2:2: schedule: says no time"},
      {"command = ['a']\n[schedule]\npersistent = false\n", "2:2: schedule: says no time"},
      {"command = ['a']\n[schedule]\npersistent = true\nevery = '1h'\n",
       "3:1: persistent: has no effect without calendar"},
      {"command = ['a']\n[schedule]\npersistent = 1\ncalendar = 'Mon'\n",
       "3:1: persistent: must be true or false"},
      {"command = ['a']\n[schedule]\nevery = 'soon'\n", "3:1: every"},
      {"command = ['a']\n[schedule]\nevery = '10ms'\n", "3:1: every: must be a second or more"},
      {"command = ['a']\n[schedule]\nevery = 'infinity'\n", "3:1: every: must be a second or more"},
      {"command = ['a']\n[schedule]\nevery = ['1h']\n", "3:1: every: must be a time"},
      {"command = ['a']\n[schedule]\ncalendar = ''\n", "3:1: calendar: \"\" is no calendar event"},
      {"command = ['a']\n[schedule]\ncalendar = \"a\\nb\"\n", "3:1: calendar: \"a?b\" is no calendar event"},
      {"command = ['a']\n[schedule]\ncalendar = 9\n", "3:1: calendar: must be a string"},
  };
  for (const auto& [text, message] : cases)
    EXPECT_EQ(error_of(text).substr(0, message.size()), message) << text;
}

TEST_F(JobFileTest, ItsNameIsOneThatAJobMayHave) {
  for (const std::string name : {"new\nline", "\xff"})
    EXPECT_THROW(read_job_file(write(name + ".toml", "command = ['a']\n"), "/home/alice"), Error) << name;
  EXPECT_EQ(read_job_file(write("a b%$'.toml", "command = ['a']\n"), "/home/alice").name, "a b%$'");
}

TEST_F(JobFileTest, LiesInTheConfiguration) {
  EXPECT_EQ(job_folder(true), "/etc/jobctl/jobs");
  EXPECT_EQ(job_folder(false), directory_ + "/config/jobctl/jobs");
  EXPECT_EQ(switch_file("/jobs/web.toml"), "/jobs/web.toml.d/install.toml");
}

}  // namespace
}  // namespace jobctl
