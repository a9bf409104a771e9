#include "job/unit_plan.hpp"

#include <gmock/gmock.h>

#include "util/error.hpp"

namespace jobctl {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string uuid = "82d00a5b-5ed5-4cfd-9a75-a87e4f420b27";
const Helpers helpers = {"/usr/libexec/jobctl/launcher", "/usr/libexec/jobctl/finish",
                         "/usr/libexec/jobctl/probe"};

JobSpec training() {
  JobSpec spec;
  spec.uuid = uuid;
  spec.type = "training";
  spec.name = "nightly";
  spec.session = "s1";
  spec.commands = {{"python3", "train.py", "--epochs", "90"}};
  spec.log_file = "/home/alice/logs/training-" + uuid + ".log";
  spec.unit = unit_name(spec.type, uuid, false);
  spec.slice = slice_name(spec.session);
  return spec;
}

UnitPlan plan_of(const JobSpec& spec) {
  return to_unit_plan(spec, "/home/alice/state/jobs/" + uuid, helpers, 257);
}
std::string text_of(const JobSpec& spec) {
  return to_unit_file(plan_of(spec));
}

TEST(UnitPlan, OfAServiceIsThisUnitFile) {
  EXPECT_EQ(text_of(training()), R"(# jobctl-training-82d00a5b-5ed5-4cfd-9a75-a87e4f420b27.service
[Unit]
Description=training nightly: python3 train.py --epochs 90
Documentation=file:///home/alice/logs/training-82d00a5b-5ed5-4cfd-9a75-a87e4f420b27.log
CollectMode=inactive-or-failed

[Service]
Slice=jobctl-s1.slice
Delegate=yes
OOMPolicy=stop
KillSignal=SIGTERM
TimeoutStopSec=10000000us
Type=exec
ExecStart=/usr/libexec/jobctl/launcher run /home/alice/state/jobs/82d00a5b-5ed5-4cfd-9a75-a87e4f420b27
ExecStopPost=-/usr/libexec/jobctl/finish /home/alice/state/jobs/82d00a5b-5ed5-4cfd-9a75-a87e4f420b27
NotifyAccess=all
)");
}

TEST(UnitPlan, OfAScopeIsThisUnitFile) {
  JobSpec spec = training();
  spec.scope = true;
  spec.session.clear();
  spec.slice = slice_name("");
  spec.unit = unit_name(spec.type, uuid, true);
  spec.stop_signal = 2;
  EXPECT_EQ(text_of(spec), R"(# jobctl-training-82d00a5b-5ed5-4cfd-9a75-a87e4f420b27.scope
[Unit]
Description=training nightly: python3 train.py --epochs 90
Documentation=file:///home/alice/logs/training-82d00a5b-5ed5-4cfd-9a75-a87e4f420b27.log
CollectMode=inactive-or-failed

[Scope]
Slice=jobctl.slice
Delegate=yes
OOMPolicy=stop
KillSignal=SIGINT
TimeoutStopSec=15000000us
)");
}

ResourceControl every_limit() {
  return {.memory = 4 << 20,
          .cpu_us = 1'500'000,
          .tasks = 8,
          .io_weight = 50,
          .nice = -5,
          .cpu_affinity = {0, 1, 9},
          .time = std::chrono::hours(2)};
}

TEST(UnitPlan, LimitsAreSettingsOfTheUnit) {
  JobSpec spec = training();
  spec.control = every_limit();
  const std::string text = text_of(spec);
  for (const char* line : {"MemoryMax=4194304\n", "CPUQuota=150%\n", "TasksMax=10\n", "IOWeight=50\n",
                           "Nice=-5\n", "CPUAffinity=0-1,9\n", "RuntimeMaxSec=7200000000us\n"})
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
}

TEST(UnitPlan, WhatSystemdCantDoForAScopeIsNotInItsUnit) {
  JobSpec spec = training();
  spec.scope = true;
  spec.control = every_limit();
  const std::string text = text_of(spec);
  EXPECT_NE(text.find("MemoryMax="), std::string::npos);
  EXPECT_EQ(text.find("Nice="), std::string::npos);
  EXPECT_EQ(text.find("CPUAffinity="), std::string::npos);
}

TEST(UnitPlan, ASettingIsNotToBeSetTwice) {
  JobSpec spec = training();
  spec.properties = {{"CPUQuota", "100%"}};
  EXPECT_NO_THROW(refuse_set_twice(plan_of(spec)));
  spec.control.cpu_us = 1'000'000;
  EXPECT_THROW(refuse_set_twice(plan_of(spec)), Error);
}

std::string restarting_text(int systemd) {
  JobSpec spec = training();
  spec.restart.when = RestartWhen::on_failure;
  spec.restart.limit = 5;
  spec.restart.delay = std::chrono::seconds(2);
  spec.restart.max_delay = std::chrono::seconds(60);
  const std::string text = to_unit_file(to_unit_plan(spec, "/jobs/" + uuid, helpers, systemd));
  for (const char* line :
       {"StartLimitIntervalSec=infinity\n", "StartLimitBurst=6\n", "Restart=on-failure\n",
        "RestartSec=2000000us\n", "RestartPreventExitStatus=200 201 203 208 209 215 217 219\n"})
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  EXPECT_LT(text.find("StartLimitBurst"), text.find("[Service]")) << text;
  return text;
}

TEST(UnitPlan, ARestartIsDelayedBySystemdWhereItCanLetTheDelayGrow) {
  const std::string text = restarting_text(254);
  EXPECT_NE(text.find("RestartSteps=5\nRestartMaxDelaySec=60000000us\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("ExecStartPre"), std::string::npos);
}

TEST(UnitPlan, AndByTheLauncherWhereItCant) {
  const std::string text = restarting_text(253);
  EXPECT_NE(text.find("ExecStartPre=/usr/libexec/jobctl/launcher wait /jobs/" + uuid +
                      "\nTimeoutStartSec=infinity\n"),
            std::string::npos)
      << text;
  EXPECT_EQ(text.find("RestartSteps"), std::string::npos);
}

TEST(UnitPlan, IsStartedWhenItsProbeSaysSo) {
  JobSpec spec = training();
  spec.ready.probe = parse_probe("tcp:80", "test");
  spec.ready.timeout = std::chrono::seconds(20);
  const std::string text = text_of(spec);
  EXPECT_NE(text.find("Type=exec\n"), std::string::npos);
  EXPECT_NE(text.find("ExecStartPost=/usr/libexec/jobctl/probe ready /home/alice/state/jobs/" + uuid +
                      "\nTimeoutStartSec=30000000us\n"),
            std::string::npos)
      << text;
}

TEST(UnitPlan, IsStartedWhenTheProgramSaysSo) {
  JobSpec spec = training();
  spec.ready.probe = parse_probe("notify", "test");
  const std::string text = text_of(spec);
  EXPECT_NE(text.find("Type=notify\n"), std::string::npos);
  EXPECT_NE(text.find("TimeoutStartSec=300000000us\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("ExecStartPost"), std::string::npos);
}

TEST(UnitPlan, TellsWhichSettingsNeedAController) {
  JobSpec spec = training();
  EXPECT_TRUE(controlled_settings(plan_of(spec)).empty());
  spec.control.cpu_us = 1'000'000;
  spec.control.nice = 3;
  spec.properties = {{"IOReadBandwidthMax", "/dev/sda 1M"}};
  const std::vector<std::pair<std::string, std::string>> expected = {{"cpu", "CPUQuota"},
                                                                     {"io", "IOReadBandwidthMax"}};
  EXPECT_EQ(controlled_settings(plan_of(spec)), expected);
}

TEST(UnitPlan, PutsPropertiesIntoTheirSections) {
  JobSpec spec = training();
  spec.properties = {
      {"MemoryMax", "4G"}, {"After", "network.target"}, {"ConditionPathExists", "/x"}, {"Nice", "5"}};
  const std::string text = text_of(spec);
  const std::string unit = text.substr(0, text.find("[Service]"));
  EXPECT_THAT(unit, HasSubstr("\nAfter=network.target\n"));
  EXPECT_THAT(unit, HasSubstr("\nConditionPathExists=/x\n"));
  EXPECT_THAT(unit, Not(HasSubstr("MemoryMax")));
  EXPECT_EQ(to_drop_in(plan_of(spec)),
            "[Unit]\nAfter=network.target\nConditionPathExists=/x\n[Service]\nMemoryMax=4G\nNice=5\n");
  EXPECT_EQ(to_drop_in(plan_of(training())), "");
}

TEST(UnitPlan, NeverLetsSystemdKillWithoutATimeoutOfTheUsers) {
  JobSpec spec = training();
  spec.stop_timeout.reset();
  EXPECT_THAT(text_of(spec), HasSubstr("TimeoutStopSec=infinity\n"));
}

TEST(UnitPlan, LeavesTheFinishHookTimeWhereTheJobHasNone) {
  JobSpec spec = training();
  spec.stop_timeout = Duration::zero();
  EXPECT_THAT(text_of(spec), HasSubstr("TimeoutStopSec=2000000us\n"));
}

TEST(UnitPlan, NamesSeveralCommands) {
  JobSpec spec = training();
  spec.commands = {{"a", "1"}, {"b"}};
  EXPECT_THAT(text_of(spec), HasSubstr("Description=training nightly: a 1; b\n"));
}

TEST(UnitPlan, TagsWhatGoesToTheJournal) {
  JobSpec spec = training();
  spec.log_kind = LogKind::journal;
  spec.log_file.clear();
  EXPECT_THAT(text_of(spec), HasSubstr("SyslogIdentifier=training\n"));
  EXPECT_THAT(text_of(spec), Not(HasSubstr("Documentation")));
}

// systemd re-reads a transient unit as text at any daemon-reload: a newline would begin a setting, a
// backslash at the end of a line swallow the next one.
TEST(UnitPlan, LetsNoByteOfAUserIntoAUnitUnchecked) {
  const std::string hostile =
      "a\n[Service]\nExecStopPost=/bin/touch /tmp/pwn\r\v\x1b[31m \xff\x80 $HOME ;\t\x7f\\";
  JobSpec spec = training();
  spec.type = spec.name = spec.session = spec.user = spec.host = spec.working_directory = hostile;
  spec.own_log = spec.runtime_dir = spec.log_dir = hostile;
  spec.labels = {{hostile, hostile}};
  spec.environment = {"A=" + hostile};
  spec.commands = {{hostile, hostile}, {hostile}};
  spec.log_file = "/logs/" + hostile;
  spec.unit = unit_name(hostile, uuid, false);
  spec.slice = slice_name(hostile);
  for (const LogKind kind : {LogKind::file, LogKind::journal}) {
    spec.log_kind = kind;
    const std::string text =
        to_unit_file(to_unit_plan(spec, "/state/" + hostile + "/jobs/" + uuid, helpers, 257));
    for (const char c : text) EXPECT_TRUE((c >= ' ' && c <= '~') || c == '\n') << static_cast<int>(c);
    // The unit's own name has the backslashes of systemd's escapes, in the heading comment and in Slice=.
    size_t lines = 0;
    for (size_t begin = 0; begin < text.size(); begin = text.find('\n', begin) + 1, ++lines) {
      const std::string line = text.substr(begin, text.find('\n', begin) - begin);
      EXPECT_FALSE(line.ends_with('\\')) << line;
      EXPECT_FALSE(line.starts_with("ExecStopPost=/bin/touch")) << line;
      if (!line.starts_with("# ") && !line.starts_with("Slice=")) {
        EXPECT_THAT(line, Not(HasSubstr("\\")));
      }
      if (line.starts_with("Exec")) {
        EXPECT_THAT(line, Not(HasSubstr("$")));
      }
    }
    EXPECT_EQ(lines, kind == LogKind::file ? 15U : 16U) << text;
  }
}

TEST(UnitPlan, KeepsEveryByteOfARecordsPath) {
  const std::string path = "/home/a b/\xff\n$x%h=\\/jobs/" + uuid;
  for (const Property& property : to_unit_plan(training(), path, helpers, 257).properties) {
    if (property.name != "ExecStart") continue;
    const std::string& quoted = std::get<ExecCommand>(property.value).argv.at(2);
    EXPECT_EQ(quoted, "/home/a=20b/=FF=0A=24x=25h=3D=5C/jobs/" + uuid);
    return;
  }
  FAIL() << "no ExecStart";
}

TEST(UnitPlan, CutsALongDescription) {
  JobSpec spec = training();
  spec.commands = {{std::string(100000, 'x')}};
  EXPECT_LT(text_of(spec).size(), 1500U);
}

TEST(ParseProperty, SplitsAtTheFirstEqualsSign) {
  EXPECT_EQ(parse_property("MemoryMax=4G"), std::pair(std::string("MemoryMax"), std::string("4G")));
  EXPECT_EQ(parse_property("BindPaths=/a:/b=c"), std::pair(std::string("BindPaths"), std::string("/a:/b=c")));
  EXPECT_EQ(parse_property("After="), std::pair(std::string("After"), std::string("")));
}

TEST(ParseProperty, RefusesWhatIsNoProperty) {
  for (const char* text : {"", "=", "MemoryMax", "=4G", "Memory Max=4G", "[Service]\nNice=5", "X\n=1",
                           "Nice=5\n", "Nice=5\nUser=root", "Nice=5\\", "Nice=\x1b"}) {
    try {
      parse_property(text);
      ADD_FAILURE() << text << " was taken";
    } catch (const Error& error) {
      EXPECT_EQ(error.code, Errc::usage);
    }
  }
}

TEST(ParseProperty, RefusesWhatJobctlSetsItselfAndNamesTheOption) {
  try {
    parse_property("KillSignal=SIGINT");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("use --stop-signal"));
  }
  for (const char* name :
       {"ExecStart", "ExecStopPost", "Type", "Delegate", "KillMode", "StandardOutput", "Slice"})
    EXPECT_THROW(parse_property(std::string(name) + "=x"), Error) << name;
}

}  // namespace
}  // namespace jobctl
