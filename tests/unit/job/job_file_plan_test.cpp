#include "job/job_file_plan.hpp"

#include <gtest/gtest.h>

#include "job/companion_plan.hpp"
#include "job/policy.hpp"

namespace jobctl {
namespace {

const std::string uuid = "82d00a5b-5ed5-8cfd-9a75-a87e4f420b27";
const Helpers helpers{"/h/launcher", "/h/finish", "/h/probe", "/h/alert", "/usr/bin/jobctl"};

JobSpec some_spec(const std::string& file = "/home/alice/.config/jobctl/jobs/web.toml") {
  JobSpec spec;
  spec.uuid = uuid;
  spec.type = "sh";
  spec.name = "web";
  spec.commands = {{"sh", "-c", "echo 100% $HOME"}};
  spec.unit = unit_name(spec.type, uuid, false);
  spec.slice = "jobctl.slice";
  spec.log_file = "/logs/web.log";
  spec.stop_signal = 15;
  spec.job_file = file;
  return spec;
}

std::vector<UnitPlan> plans(const JobSpec& spec, const FileSchedule& schedule = {}) {
  return to_job_file_plans(spec, schedule, "/state/jobs/" + uuid, helpers);
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(JobFilePlan, IsThisUnit) {
  const std::vector<UnitPlan> all = plans(some_spec());
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].unit, "jobctl-sh-" + uuid + ".service");
  EXPECT_EQ(to_unit_file(all[0]), "# jobctl-sh-" + uuid + R"(.service
[Unit]
Description=sh web: sh -c echo 100%% $HOME
Documentation=file:///logs/web.log
CollectMode=inactive-or-failed
SourcePath=/home/alice/.config/jobctl/jobs/web.toml

[Service]
ExecStartPre=/usr/bin/jobctl job-file -- prepare --user /home/alice/.config/jobctl/jobs/web.toml
Slice=jobctl.slice
Delegate=yes
OOMPolicy=stop
KillSignal=SIGTERM
TimeoutStopSec=10000000us
Type=exec
ExecStart=/h/launcher run /state/jobs/)" +
                                      uuid + R"(
ExecStopPost=-/h/finish /state/jobs/)" +
                                      uuid + R"(
NotifyAccess=all
)");
}

TEST(JobFilePlan, PreparesBeforeAnythingElseOfTheUnitRuns) {
  JobSpec spec = some_spec();
  set_policy(spec, "restart=on-failure:2");
  const std::string text = to_unit_file(plans(spec)[0]);
  EXPECT_LT(text.find(" job-file -- prepare "), text.find("/h/launcher wait ")) << text;
  EXPECT_TRUE(has(text, "Restart=on-failure\n")) << text;
}

TEST(JobFilePlan, APathGoesThroughSystemdsSyntaxAsPlainAscii) {
  const std::string text = to_unit_file(plans(some_spec("/jobs/a b%h$'\n\xc3\xbc.toml"))[0]);
  EXPECT_TRUE(has(text, "prepare --user '/jobs/a=20b=25h=24=27=0A=C3=BC.toml'\n")) << text;
  EXPECT_FALSE(has(text, "SourcePath=")) << text;
}

TEST(JobFilePlan, KnowsItsManager) {
  JobSpec spec = some_spec();
  spec.runtime_dir = system_runtime_dir;
  spec.run_as.emplace();
  FileSchedule schedule;
  schedule.after_boot = std::chrono::minutes(5);
  const std::vector<UnitPlan> all = plans(spec, schedule);
  EXPECT_TRUE(has(to_unit_file(all[0]), " prepare --system "));
  ASSERT_EQ(all.size(), 2U);
  EXPECT_TRUE(has(to_unit_file(all[1]), "OnBootSec=300000000us\n")) << to_unit_file(all[1]);
  EXPECT_TRUE(has(to_unit_file(all[1].companions.at(0)), " fire --system "));
}

TEST(JobFilePlan, ASchedulesTimerFiresItByJobctl) {
  const FileSchedule schedule{.calendar = {"Mon 9:00", "Tue 10:00"},
                              .every = std::chrono::minutes(90),
                              .after_boot = std::chrono::minutes(5),
                              .randomized_delay = std::chrono::seconds(1),
                              .persistent = true};
  const std::vector<UnitPlan> all = plans(some_spec(), schedule);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[1].unit, "jobctl-sh-" + uuid + "-schedule.timer");
  UnitPlan timer = all[1];
  ASSERT_EQ(timer.companions.size(), 1U);
  const UnitPlan service = timer.companions[0];
  timer.companions.clear();
  EXPECT_EQ(to_unit_file(timer), "# jobctl-sh-" + uuid + R"(-schedule.timer
[Unit]
Description=Schedule of the job )" + uuid +
                                     R"(
CollectMode=inactive-or-failed

[Timer]
OnCalendar=Mon 9:00
OnCalendar=Tue 10:00
OnActiveSec=5400000000us
OnUnitActiveSec=5400000000us
OnStartupSec=300000000us
Persistent=yes
RandomizedDelaySec=1000000us
AccuracySec=1000us
)");
  EXPECT_EQ(to_unit_file(service), "# jobctl-sh-" + uuid + R"(-schedule.service
[Unit]
Description=Schedule of the job )" + uuid +
                                       R"(
CollectMode=inactive-or-failed
StartLimitIntervalSec=0us

[Service]
Slice=jobctl.slice
Type=oneshot
ExecStart=/usr/bin/jobctl job-file -- fire --user /home/alice/.config/jobctl/jobs/web.toml
)");
}

}  // namespace
}  // namespace jobctl
