#include "job/companion_plan.hpp"

#include <gtest/gtest.h>

namespace jobctl {
namespace {

JobSpec spec_with(const Schedule& schedule) {
  JobSpec spec;
  spec.uuid = "82d00a5b-5ed5-4cfd-9a75-a87e4f420b27";
  spec.unit = unit_name("my training", spec.uuid, false);
  spec.slice = "jobctl.slice";
  spec.schedule = schedule;
  return spec;
}

std::string text_of(const Schedule& schedule) {
  return to_unit_file(
      to_schedule_plan(spec_with(schedule), "/state/a b", {"l", "f", "p", "a", "/usr/bin/jobctl"}));
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(SchedulePlan, ATimerStartsTheJobByJobctl) {
  const std::string text = text_of({.every = std::chrono::minutes(90)});
  EXPECT_TRUE(has(text, "[Timer]\nOnCalendar=2")) << text;
  EXPECT_TRUE(has(text, " UTC\nOnUnitActiveSec=5400000000us\n")) << text;
  EXPECT_TRUE(has(text, "RemainAfterElapse=no\n")) << text;
  EXPECT_TRUE(has(text, "Type=oneshot\nExecStart=/usr/bin/jobctl fire -- --user")) << text;
  EXPECT_FALSE(has(text, "a b")) << "a path goes through systemd's quoting only as plain ASCII";
}

TEST(SchedulePlan, CalendarEventsAreTheClocks) {
  EXPECT_TRUE(has(text_of({.calendar = "Mon 9:00"}), "[Timer]\nOnCalendar=Mon 9:00\n"));
  const Time tomorrow = now() + std::chrono::hours(24);
  EXPECT_TRUE(has(text_of({.at = tomorrow}), "OnCalendar=" + calendar_text(tomorrow) + "\n"));
}

TEST(SchedulePlan, WhatIsDueSoonOrOverdueCanNotBeMissed) {
  EXPECT_TRUE(has(text_of({.at = now() + std::chrono::milliseconds(2500)}), "OnActiveSec=2"));
  EXPECT_TRUE(has(text_of({.at = now() - std::chrono::seconds(30)}), "OnActiveSec=0us\n"));
}

TEST(SchedulePlan, ItsUnitsTellWhoseTheyAre) {
  const JobSpec spec = spec_with({});
  for (const std::string& unit : {schedule_timer(spec), schedule_service(spec)}) {
    EXPECT_EQ(uuid_of_schedule(unit), spec.uuid) << unit;
    EXPECT_EQ(uuid_of_unit(unit), std::nullopt) << unit;
  }
  for (const std::string& other : {spec.unit, health_timer(spec, 1), std::string("jobctl-schedule.timer"),
                                   std::string("x-schedule.service"), std::string()})
    EXPECT_EQ(uuid_of_schedule(other), std::nullopt) << other;
}

TEST(Companions, TellBesideWhoseUnitTheyStand) {
  const JobSpec spec = spec_with({});
  const std::string alert = to_alert_plan(spec, 2, {AlertEvent::end, 0, 1}, "/r", {}).unit;
  for (const std::string& unit : {schedule_timer(spec), schedule_service(spec), health_timer(spec, 1), alert})
    EXPECT_EQ(uuid_of_companion(unit), spec.uuid) << unit;
  for (const std::string& other :
       {spec.unit, std::string("jobctl-schedule.timer"), std::string("jobctl-health-1.service"),
        std::string("jobctl-x.slice"), std::string()})
    EXPECT_EQ(uuid_of_companion(other), std::nullopt) << other;
}

TEST(AlertPlan, IsAServiceOfItsOwnThatNobodyTakesForTheJob) {
  JobSpec spec;
  spec.uuid = "82d00a5b-5ed5-4cfd-9a75-a87e4f420b27";
  spec.slice = "jobctl-evaluation.slice";
  for (const bool scope : {false, true}) {
    spec.unit = unit_name("training", spec.uuid, scope);
    const UnitPlan plan =
        to_alert_plan(spec, 2, {AlertEvent::failure, 1, 3}, "/jobs/a b", Helpers{"", "", "", "/h/alert"});
    EXPECT_EQ(plan.unit, "jobctl-training-" + spec.uuid + "-alert-2-3.service");
    EXPECT_EQ(uuid_of_unit(plan.unit), std::nullopt);
    const std::string text = to_unit_file(plan);
    for (const char* line :
         {"Slice=jobctl-evaluation.slice\n", "CollectMode=inactive-or-failed\n", "Type=oneshot\n",
          "ExecStart=/h/alert tell '/jobs/a=20b' 2 failure 1\n", "StartLimitIntervalSec=0us\n",
          "ExecStopPost=/h/alert ended '/jobs/a=20b' 2 failure 1\n", "TimeoutStartSec=330000000us\n"})
      EXPECT_TRUE(has(text, line)) << line;
  }
}

}  // namespace
}  // namespace jobctl
