#include "job/plain_unit.hpp"

#include <gmock/gmock.h>

#include "job/policy.hpp"
#include "util/error.hpp"

namespace jobctl {
namespace {

using testing::HasSubstr;
using testing::Not;

JobSpec training() {
  JobSpec spec;
  spec.uuid = "82d00a5b-5ed5-4cfd-9a75-a87e4f420b27";
  spec.type = "training";
  spec.name = "nightly";
  spec.commands = {{"python3", "train.py", "--lr", "5%"}};
  spec.working_directory = "/home/alice/my project";
  spec.environment = {"PATH=/bin", "GREETING=hello world"};
  spec.umask = 022;
  spec.log_file = "/home/alice/log";
  return spec;
}

std::string text_of(const JobSpec& spec, int systemd = 257) {
  return plain_unit_text(spec, {"/usr/bin/python3", systemd, {}});
}

TEST(PlainUnit, OfAJobIsThisFile) {
  EXPECT_EQ(
      text_of(training()),
      R"(# What jobctl export made of job 82d00a5b-5ed5-4cfd-9a75-a87e4f420b27, to run it without jobctl.
# Its place: ~/.config/systemd/user
# nightly.service
[Unit]
Description=nightly: python3 train.py --lr 5%%

[Service]
Type=exec
ExecStart=@/usr/bin/python3 python3 train.py --lr 5%%
WorkingDirectory=/home/alice/my project
Environment=PATH=/bin
Environment="GREETING=hello world"
UMask=0022
IgnoreSIGPIPE=no
StandardOutput=append:/home/alice/log
StandardError=inherit
KillSignal=SIGTERM
TimeoutStopSec=10s

[Install]
WantedBy=default.target
)");
}

TEST(PlainUnit, OfTheSystemManagerBelongsThere) {
  JobSpec spec = training();
  spec.runtime_dir = system_runtime_dir;
  spec.properties = {{"User", "daq"}};
  EXPECT_THAT(text_of(spec), HasSubstr("# Its place: /etc/systemd/system\n"));
  EXPECT_THAT(text_of(spec), HasSubstr("WantedBy=multi-user.target\n"));
  EXPECT_THAT(text_of(spec), HasSubstr("User=daq\n"));
}

TEST(PlainUnit, HasThePoliciesThatSystemdKnows) {
  JobSpec spec = training();
  for (const char* policy :
       {"memory=4096", "cpus=1.5", "tasks=7", "nice=5", "timeout=7200000000us", "restart=on-failure:4",
        "restart-delay=2000000us", "restart-max-delay=60000000us"})
    set_policy(spec, policy);
  spec.stop_timeout = std::nullopt;
  spec.stop_signal = 3;
  const std::string text = text_of(spec);
  for (const char* line :
       {"MemoryMax=4096\n", "CPUQuota=150%\n", "TasksMax=7\n", "Nice=5\n", "RuntimeMaxSec=2h\n",
        "Restart=on-failure\n", "RestartSec=2s\n", "RestartSteps=5\n", "RestartMaxDelaySec=1min\n",
        "[Unit]\nDescription=nightly: python3 train.py --lr 5%%\nStartLimitIntervalSec=infinity\n"
        "StartLimitBurst=5\n",
        "KillSignal=SIGQUIT\n", "TimeoutStopSec=infinity\n"})
    EXPECT_THAT(text, HasSubstr(line));
  EXPECT_THAT(text, Not(HasSubstr("not in this unit")));
  EXPECT_THAT(text_of(spec, 252), Not(HasSubstr("RestartSteps=5")));
  EXPECT_THAT(text_of(spec, 252), HasSubstr("# not in this unit: a delay that grows"));
}

TEST(PlainUnit, IsReadyWhenTheProgramSaysSo) {
  JobSpec spec = training();
  set_policy(spec, "ready=notify");
  set_policy(spec, "ready-timeout=3000000us");
  EXPECT_THAT(text_of(spec), HasSubstr("Type=notify\nNotifyAccess=all\nTimeoutStartSec=3s\n"));
  EXPECT_THAT(text_of(spec), Not(HasSubstr("not in this unit")));
}

TEST(PlainUnit, NamesWhatItLacks) {
  JobSpec spec = training();
  for (const char* policy : {"port=http=8501", "gpu=0", "ready=tcp:8501", "health=tcp:8501",
                             "on-failure=https://h/secret", "calendar=daily"})
    set_policy(spec, policy);
  spec.tty = true;
  spec.session = "s\n1";
  spec.own_log = "/own";
  const std::string text = text_of(spec);
  for (const char* what : {"--port, --gpu (", "--ready (", "--health (", "--on-failure (", "--calendar (",
                           "the terminal", "--session s?1\n", "--own-log /own\n"})
    EXPECT_THAT(text, HasSubstr(std::string("# not in this unit: ") + what));
  EXPECT_THAT(text, Not(HasSubstr("secret")));
  EXPECT_TRUE(text.find("\n[Unit]\n") > text.rfind("# not in this unit")) << text;
}

TEST(PlainUnit, LeavesToAShellWhatNoSettingCanSay) {
  JobSpec spec = training();
  spec.commands.push_back({"echo", "$x"});
  EXPECT_THAT(
      text_of(spec),
      HasSubstr("ExecStart=/bin/sh -c \"(exec 'python3' 'train.py' '--lr' '5%%') && exec 'echo' '$$x'\"\n"));

  spec = training();
  spec.working_directory = "/a\nb";
  EXPECT_THAT(text_of(spec), HasSubstr("ExecStart=/bin/sh -c \"cd '/a\\nb' || exit; exec 'python3' "));
  EXPECT_THAT(text_of(spec), Not(HasSubstr("WorkingDirectory=")));

  spec = training();
  spec.log_file = "/l\xff";
  EXPECT_THAT(text_of(spec),
              HasSubstr(R"(ExecStart=/bin/sh -c "eval \"$$(printf 'exec >>'\\''/l\\377'\\'' 2>&1; exec )"));
  EXPECT_THAT(text_of(spec), Not(HasSubstr("StandardOutput=")));

  spec = training();
  spec.commands.front().push_back("\xff");  // systemctl couldn't show it
  EXPECT_THAT(text_of(spec), HasSubstr("ExecStart=/bin/sh -c \"eval "));
  EXPECT_THAT(text_of(spec), Not(HasSubstr("xff")));

  spec = training();
  EXPECT_THAT(plain_unit_text(spec, {"", 257, {}}), HasSubstr("ExecStart=/bin/sh -c \"exec 'python3' "));
}

TEST(PlainUnit, SendsOutputToTheJournal) {
  JobSpec spec = training();
  spec.log_kind = LogKind::journal;
  spec.log_file = "";
  EXPECT_THAT(text_of(spec),
              HasSubstr("StandardOutput=journal\nSyslogIdentifier=training\nStandardError=inherit\n"));
}

TEST(PlainUnit, KeepsItsCommentsInTheirLines) {
  const std::string text = plain_unit_text(training(), {"/bin/x", 257, {"a\nExecStart=/bin/false\\"}});
  EXPECT_THAT(text, HasSubstr("# a?ExecStart=/bin/false?\n"));
}

void expect_refused(const JobSpec& spec, const std::string& why) {
  try {
    text_of(spec);
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code, Errc::failed);
    EXPECT_THAT(error.what(), HasSubstr("could not export nightly: " + why));
  }
}

TEST(PlainUnit, RefusesWhatSystemdOrTheKernelWouldNotTake) {
  JobSpec spec = training();
  spec.commands.front().push_back(std::string(300'000, '\x01'));
  expect_refused(spec, "ExecStart= ");
  spec.commands = {{"a", std::string(70'000, 'x')}, {"b", std::string(70'000, 'x')}};
  expect_refused(spec, "its script for /bin/sh ");
}

}  // namespace
}  // namespace jobctl
