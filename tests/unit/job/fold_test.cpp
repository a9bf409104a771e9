#include <csignal>

#include <gmock/gmock.h>

#include "job/job.hpp"

namespace jobctl {
namespace {

using Fields = std::map<std::string, std::string>;

Event at(int64_t seconds, const std::string& kind, Fields fields = {}, int run = 1) {
  Event event(kind, run, std::move(fields));
  event.time = from_micros(seconds * 1000000);
  return event;
}

Event started(int64_t seconds, int run = 1) {
  return at(seconds, "started",
            {{"pid", "42"}, {"invocation", "abc"}, {"boot", "def"}, {"cgroup", "/c"}, {"log_offset", "7"}},
            run);
}

Event ended(int64_t seconds, const std::string& code, const std::string& status,
            const std::string& result = "success", int run = 1) {
  return at(seconds, "ended", {{"code", code}, {"status", status}, {"result", result}}, run);
}

Event stop_requested(int64_t seconds) {
  return at(seconds, "stop-requested", {{"by", "alice"}, {"how", "jobctl kill"}});
}

Job fold(std::vector<Event> events, const char* restart = "no") {
  Record record;
  set_restart(record.spec.restart, restart, "test");
  record.spec.uuid = "82d00a5b-5ed5-4cfd-9a75-a87e4f420b27";
  record.spec.commands = {{"/bin/prog"}};
  record.spec.created_at = from_micros(1);
  record.events = std::move(events);
  return to_job(record);
}

std::string cell(std::vector<Event> events, const char* restart = "no") {
  const Job job = fold(std::move(events), restart);
  return state_cell(job.state, job.current);
}

TEST(Fold, TakesAJobWithoutEventsForStarting) {
  const Job job = fold({});
  EXPECT_EQ(job.state, State::starting);
  EXPECT_EQ(job.run, 1);
  EXPECT_EQ(job.current.requested_at, from_micros(1));
}

TEST(Fold, KnowsWhatTheLauncherSaw) {
  const Job job = fold({at(1, "starting"), started(2)});
  EXPECT_EQ(job.state, State::running);
  EXPECT_EQ(job.current.pid, 42);
  EXPECT_EQ(job.current.invocation_id, "abc");
  EXPECT_EQ(job.current.boot_id, "def");
  EXPECT_EQ(job.current.cgroup, "/c");
  EXPECT_EQ(job.current.log_offset, 7);
  EXPECT_EQ(job.current.requested_at, from_micros(1000000));
  EXPECT_EQ(job.current.started_at, from_micros(2000000));
  EXPECT_FALSE(job.current.ended_at);
}

TEST(Fold, TellsExitStatusesApart) {
  EXPECT_EQ(cell({started(2), ended(3, "exited", "0")}), "done");
  EXPECT_EQ(cell({started(2), ended(3, "exited", "3", "exit-code")}), "failed (3)");
  EXPECT_EQ(cell({started(2), ended(3, "killed", "9", "signal")}), "failed (SIGKILL)");
  EXPECT_EQ(cell({started(2), ended(3, "dumped", "11", "core-dump")}), "failed (SIGSEGV)");
  EXPECT_TRUE(fold({started(2), ended(3, "dumped", "11")}).current.exit.core_dumped);
}

TEST(Fold, TakesTheStatusOfTheProgramNotTheResultOfTheUnit) {
  EXPECT_EQ(cell({started(2), ended(3, "exited", "0", "timeout")}), "done");
  EXPECT_EQ(cell({started(2), ended(3, "exited", "0", "exit-code")}), "done");
}

TEST(Fold, NamesTimeLimitAndMemoryAsReasons) {
  EXPECT_EQ(cell({started(2), ended(3, "killed", "15", "timeout")}), "failed (timeout)");
  EXPECT_EQ(cell({started(2), ended(3, "killed", "9", "oom-kill")}), "failed (out of memory)");
}

TEST(Fold, CallsKilledWhatSomebodyStoppedWhateverItsStatus) {
  for (const auto& end : {ended(4, "killed", "15"), ended(4, "exited", "0"),
                          ended(4, "exited", "1", "exit-code"), ended(4, "killed", "9", "timeout")}) {
    const Job job = fold({started(2), stop_requested(3), end});
    EXPECT_EQ(job.state, State::killed);
    EXPECT_EQ(job.current.ended_by, "alice");
    EXPECT_EQ(job.current.ended_how, "jobctl kill");
  }
}

TEST(Fold, DoesNotCallKilledWhatHadEndedBeforeTheRequest) {
  EXPECT_EQ(cell({started(2), ended(3, "exited", "3"), stop_requested(4)}), "failed (3)");
}

TEST(Fold, KnowsWhoElseStoppedTheUnit) {
  Event end = ended(3, "killed", "15");
  end.fields["stopped"] = "systemctl stop";
  const Job job = fold({started(2), ended(3, "killed", "15"), end});
  EXPECT_EQ(job.state, State::killed);
  EXPECT_EQ(job.current.ended_by, "");
  EXPECT_EQ(job.current.ended_how, "systemctl stop");
}

TEST(Fold, CallsKilledWhatDiedOfASignalThatWasSent) {
  const Event sent =
      at(3, "signal-sent", {{"signal", "10"}, {"by", "bob"}, {"how", "jobctl kill --signal USR1"}});
  const Job job = fold({started(2), sent, ended(4, "killed", "10", "signal")});
  EXPECT_EQ(job.state, State::killed);
  EXPECT_EQ(job.current.ended_by, "bob");
  EXPECT_EQ(job.current.ended_how, "jobctl kill --signal USR1");
  EXPECT_EQ(cell({started(2), sent, ended(4, "exited", "138", "exit-code")}), "killed");
  EXPECT_EQ(cell({started(2), sent, ended(4, "exited", "0")}), "done");
  EXPECT_EQ(cell({started(2), sent, ended(4, "killed", "11", "signal")}), "failed (SIGSEGV)");
}

TEST(Fold, SaysWhyAProgramCouldNotStart) {
  const auto failed = [](Fields fields) {
    return fold({at(1, "starting"), at(2, "start-failed", std::move(fields))}).current;
  };
  const auto not_found = failed({{"step", "exec"}, {"errno", "2"}, {"file", "nonexistent"}});
  EXPECT_EQ(not_found.state, State::failed);
  EXPECT_EQ(not_found.reason, "could not start");
  EXPECT_EQ(not_found.detail, "no such file or directory (searched PATH)");
  EXPECT_EQ(failed({{"step", "exec"}, {"errno", "13"}, {"file", "/x"}}).detail, "permission denied");
  EXPECT_EQ(failed({{"step", "working directory"}, {"errno", "2"}, {"file", "/x"}}).detail,
            "working directory /x: no such file or directory");
  EXPECT_EQ(failed({{"step", "unit"}, {"text", "systemd refused it"}}).detail, "systemd refused it");
}

TEST(Fold, KeepsTheReasonOfAFailedStartWhenTheHookComesLater) {
  const Job job = fold({at(1, "starting"), started(2),
                        at(3, "start-failed", {{"step", "exec"}, {"errno", "2"}, {"file", "x"}}),
                        ended(4, "exited", "203", "exit-code")});
  EXPECT_EQ(state_cell(job.state, job.current), "failed (could not start)");
  EXPECT_FALSE(job.current.started_at);
  EXPECT_FALSE(job.current.exit.code);
}

TEST(Fold, SendsToTheDoctorWhereTheLauncherIsMissing) {
  const Job job = fold({at(1, "starting"), ended(2, "exited", "203", "exit-code")});
  EXPECT_EQ(job.current.detail,
            "systemd could not execute its launcher (status 203/EXEC); see: jobctl doctor");
}

TEST(Fold, NamesTheStepWhereSystemdFailedBeforeTheLauncher) {
  const Job job = fold({at(1, "starting"), ended(2, "exited", "226", "exit-code")});
  EXPECT_EQ(state_cell(job.state, job.current), "failed (could not start)");
  EXPECT_THAT(job.current.detail, testing::HasSubstr("226/NAMESPACE"));
}

TEST(Fold, NamesTheSignalThatKilledTheLauncher) {
  const Job job = fold({at(1, "starting"), ended(2, "killed", "9", "signal")});
  EXPECT_EQ(job.current.detail, "its launcher was killed by SIGKILL before the program was started");
}

TEST(Fold, SaysThatTheLauncherHadTooLittleMemory) {
  const Job job = fold({at(1, "starting"), ended(2, "killed", "9", "oom-kill")});
  EXPECT_EQ(job.current.detail,
            "its launcher was killed for lack of memory (oom-kill) before the program was started");
}

TEST(Fold, CallsAStartThatWasStoppedBeforeTheProgramRanKilled) {
  EXPECT_EQ(cell({at(1, "starting"), stop_requested(2), ended(3, "killed", "15")}), "killed");
}

TEST(Fold, TellsInterruptedAndLost) {
  EXPECT_EQ(cell({at(1, "starting"), at(2, "interrupted")}), "failed (start interrupted)");
  EXPECT_EQ(cell({started(2), at(3, "lost", {{"reason", "reboot"}})}), "lost (reboot)");
  EXPECT_EQ(cell({started(2), stop_requested(3), at(4, "lost", {{"reason", "unknown"}})}), "killed");
  // The power was cut before the disk had it that the program ran.
  EXPECT_EQ(cell({at(1, "starting"), at(2, "lost", {{"reason", "reboot"}})}), "lost (reboot)");
}

TEST(Fold, PrefersWhatTheHookKnowsToWhatWasConcluded) {
  EXPECT_EQ(cell({started(2), at(3, "lost", {{"reason", "unknown"}}), ended(4, "exited", "3")}),
            "failed (3)");
  EXPECT_EQ(cell({started(2), ended(3, "exited", "3"), at(4, "lost", {{"reason", "unknown"}})}),
            "failed (3)");
  EXPECT_EQ(cell({at(1, "starting"), at(2, "interrupted"), started(3)}), "running");
}

TEST(Fold, TakesTheKernelsWordForOutOfMemory) {
  const auto killed = [](const char* signal, const char* kills) {
    Event event = ended(3, "killed", signal, "signal");
    event.fields["oom_kills"] = kills;
    return event;
  };
  EXPECT_EQ(cell({started(2), killed("9", "1")}), "failed (out of memory)");
  EXPECT_EQ(cell({started(2), killed("15", "2")}), "failed (out of memory)");
  EXPECT_EQ(cell({started(2), killed("9", "0")}), "failed (SIGKILL)");
  EXPECT_EQ(cell({started(2), killed("11", "1")}), "failed (SIGSEGV)");
  EXPECT_EQ(cell({started(2), stop_requested(2), killed("9", "1")}), "killed");
}

TEST(Fold, TellsATimeLimitFromALeftoverThatHadToBeKilled) {
  Record record;
  record.spec.uuid = "82d00a5b-5ed5-4cfd-9a75-a87e4f420b27";
  record.spec.properties = {{"RuntimeMaxSec", "3s"}};
  record.events = {started(2), ended(5, "exited", "0", "timeout")};
  EXPECT_EQ(state_cell(to_job(record).state, to_job(record).current), "failed (timeout)");
  record.events = {started(2), ended(4, "exited", "0", "timeout")};
  EXPECT_EQ(to_job(record).state, State::done);
  record.spec.properties.clear();
  record.events = {started(2), ended(5, "exited", "0", "timeout")};
  EXPECT_EQ(to_job(record).state, State::done);
}

TEST(Fold, KnowsTheTimeLimitOfAScopeItself) {
  Record record;
  record.spec.uuid = "82d00a5b-5ed5-4cfd-9a75-a87e4f420b27";
  record.spec.scope = true;
  record.spec.properties = {{"RuntimeMaxSec", "3s"}};
  record.events = {started(2), ended(5, "killed", "15")};
  EXPECT_EQ(state_cell(to_job(record).state, to_job(record).current), "failed (timeout)");
  record.events = {started(2), ended(4, "killed", "15")};
  EXPECT_EQ(state_cell(to_job(record).state, to_job(record).current), "failed (SIGTERM)");
  record.events = {started(2), stop_requested(5), ended(5, "killed", "15")};
  EXPECT_EQ(to_job(record).state, State::killed);
}

TEST(Fold, PausesAndResumes) {
  EXPECT_EQ(cell({started(2), at(3, "paused")}), "paused");
  EXPECT_EQ(cell({started(2), at(3, "paused"), at(4, "resumed")}), "running");
  EXPECT_EQ(cell({started(2), at(3, "paused"), ended(4, "killed", "9")}), "failed (SIGKILL)");
  EXPECT_EQ(cell({started(2), at(3, "paused"), started(5, 2)}), "running");
}

TEST(Fold, KeepsRunsApart) {
  Record record;
  record.spec.created_at = from_micros(1);
  record.events = {at(1, "starting"),
                   started(2),
                   stop_requested(3),
                   ended(4, "killed", "15"),
                   at(5, "starting", {}, 2),
                   started(6, 2),
                   ended(7, "exited", "1", "exit-code", 2)};
  const std::vector<jobctl::Run> runs = to_runs(record);
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(runs[0].state, State::killed);
  EXPECT_EQ(runs[1].state, State::failed);
  EXPECT_EQ(runs[1].number, 2);
  EXPECT_EQ(runs[1].ended_by, "");
  EXPECT_EQ(to_job(record).run, 2);
}

TEST(Fold, TakesALateEndOfAnEarlierRunForThatRun) {
  Record record;
  record.events = {started(2), at(3, "starting", {}, 2), ended(4, "exited", "5")};
  const std::vector<jobctl::Run> runs = to_runs(record);
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(runs[0].exit.code, 5);
  EXPECT_EQ(runs[1].state, State::starting);
}

TEST(Fold, IgnoresEventsOfImpossibleRuns) {
  EXPECT_EQ(cell({started(2), started(3, 0), at(4, "lost", {}, 17)}), "running");
}

TEST(Fold, CountsCommandsAndUsage) {
  Event end = ended(9, "exited", "1", "exit-code");
  end.fields["cpu_us"] = "1500000";
  end.fields["memory_peak"] = "4096";
  const Job job =
      fold({started(2), at(3, "command-ended", {{"index", "0"}, {"code", "exited"}, {"status", "0"}}),
            at(4, "command-ended", {{"index", "1"}, {"code", "killed"}, {"status", "11"}}), end});
  ASSERT_EQ(job.current.commands.size(), 2U);
  EXPECT_EQ(job.current.commands[0].code, 0);
  EXPECT_EQ(job.current.commands[1].signal, SIGSEGV);
  EXPECT_EQ(job.current.cpu_us, 1500000U);
  EXPECT_EQ(job.current.memory_peak, 4096U);
}

TEST(Fold, SurvivesEventsWithoutTheirFields) {
  EXPECT_EQ(cell({at(2, "started"), at(3, "ended")}), "failed (unknown)");
  EXPECT_EQ(cell({at(2, "started"), at(3, "signal-sent"), ended(4, "killed", "9")}), "failed (SIGKILL)");
  EXPECT_EQ(cell({at(1, "start-failed")}), "failed (could not start)");
}

// A run of one second that fails.
std::vector<Event> failed_runs(int count) {
  std::vector<Event> events = {at(0, "starting")};
  for (int run = 1; run <= count; ++run) {
    events.push_back(started(10 * run, run));
    events.push_back(ended(10 * run + 1, "exited", "3", "exit-code", run));
  }
  return events;
}

TEST(Restarts, AJobBetweenTwoRunsIsStarting) {
  const Job job = fold(failed_runs(2), "on-failure:5");
  EXPECT_EQ(job.state, State::starting);
  EXPECT_TRUE(job.current.goes_on);
  EXPECT_EQ(job.current.ended_at, std::nullopt);
  EXPECT_EQ(job.current.exit.code, std::nullopt);
  EXPECT_EQ(job.run, 2);
  EXPECT_EQ(job.current.restarts, 1);
  EXPECT_EQ(state_cell(job.state, job.current), "starting (restart 2)");
}

TEST(Restarts, TheLastOneIsTheEndWithTheCount) {
  EXPECT_EQ(cell(failed_runs(3), "on-failure:2"), "failed (3, 2 restarts)");
  const Job job = fold(failed_runs(3), "on-failure:2");
  EXPECT_EQ(ending_in_words(job, job.current),
            "failed: prog exited with status 3 (given up after 2 restarts)");
}

TEST(Restarts, AreCountedFromTheLastStartByHand) {
  std::vector<Event> events = failed_runs(3);
  events.push_back(at(100, "starting", {}, 4));
  events.push_back(started(101, 4));
  events.push_back(ended(102, "exited", "3", "exit-code", 4));
  events.push_back(started(110, 5));
  const Job job = fold(std::move(events), "on-failure:2");
  EXPECT_EQ(job.state, State::running);
  EXPECT_EQ(job.current.restarts, 1);
  EXPECT_EQ(first_of_series(job.current), 4);
}

TEST(Restarts, DoNotFollowWhatPolicyOrSystemdTakeForTheEnd) {
  const auto once = [](const Event& end) { return std::vector{at(0, "starting"), started(1), end}; };
  EXPECT_EQ(cell(once(ended(2, "exited", "0")), "on-failure"), "done");
  EXPECT_EQ(cell(once(ended(2, "exited", "0")), "always"), "starting (restart 1)");
  EXPECT_EQ(cell(once(ended(2, "killed", "15")), "on-failure"), "failed (SIGTERM)");
  EXPECT_EQ(cell(once(ended(2, "killed", "9", "signal")), "on-failure"), "starting (restart 1)");
  EXPECT_EQ(cell(once(ended(2, "killed", "15", "timeout")), "on-failure"), "starting (restart 1)");
  EXPECT_EQ(cell(once(ended(2, "exited", "3", "exit-code")), "no"), "failed (3)");
  Event stopped = ended(2, "killed", "15");
  stopped.fields["stopped"] = "systemctl stop";
  EXPECT_EQ(cell(once(stopped), "always"), "killed");
  EXPECT_EQ(
      cell({at(0, "starting"), started(1), stop_requested(2), ended(3, "killed", "9", "timeout")}, "always"),
      "killed");
  EXPECT_EQ(cell({at(0, "starting"), at(1, "start-failed", {{"step", "exec"}, {"errno", "2"}}),
                  ended(2, "exited", "203", "exit-code")},
                 "always"),
            "failed (could not start)");
}

TEST(Restarts, AStopBetweenTwoRunsIsAKill) {
  std::vector<Event> events = failed_runs(1);
  events.push_back(stop_requested(12));
  const Job job = fold(events, "always");
  EXPECT_EQ(job.state, State::killed);
  EXPECT_EQ(job.current.ended_by, "alice");
  EXPECT_EQ(job.current.exit.code, 3);
  // The hook of a unit that was waiting has no run to tell of.
  events.push_back(at(13, "ended", {{"result", "success"}}));
  EXPECT_EQ(cell(events, "always"), "killed");
}

TEST(Restarts, WhatSystemdDoesNotStartAgainHasFailedAsItDid) {
  std::vector<Event> events = failed_runs(3);
  events.push_back(at(40, "given-up", {}, 3));
  EXPECT_EQ(cell(events, "always"), "failed (3, 2 restarts)");
}

std::vector<Event> scheduled() {
  return {at(1, "scheduled", {{"by", "alice"}, {"boot", "b1"}})};
}

std::vector<Event> with_run(std::vector<Event> events, int run = 1) {
  events.push_back(at(10 * run, "starting", {{"boot", "b1"}}, run));
  events.push_back(started(10 * run + 1, run));
  events.push_back(ended(10 * run + 2, "exited", "3", "exit-code", run));
  return events;
}

Job fold_scheduled(std::vector<Event> events, const Schedule& schedule) {
  Record record;
  record.spec.schedule = schedule;
  record.events = std::move(events);
  return to_job(record);
}

const Schedule hourly{.every = std::chrono::hours(1)}, once{.at = from_micros(1)};

TEST(Scheduled, AJobIsQueuedBeforeItsRun) {
  for (const Schedule& schedule : {hourly, once}) {
    const Job job = fold_scheduled(scheduled(), schedule);
    EXPECT_EQ(job.state, State::queued);
    EXPECT_EQ(job.run, 1);
    EXPECT_EQ(job.current.boot_id, "b1");
    EXPECT_EQ(job.current.requested_at, from_micros(1'000'000));
    EXPECT_TRUE(is_active(job.state));
  }
}

TEST(Scheduled, AfterItsRunItIsQueuedForTheNextIfThereIsOne) {
  EXPECT_EQ(fold_scheduled(with_run(scheduled()), once).state, State::failed);
  const Job job = fold_scheduled(with_run(with_run(scheduled()), 2), hourly);
  EXPECT_EQ(job.state, State::queued);
  EXPECT_EQ(job.run, 3);
  EXPECT_EQ(job.current.ended_at, std::nullopt);
  EXPECT_EQ(job.current.exit.code, std::nullopt);
  EXPECT_EQ(state_cell(job.state, job.current), "queued (last failed)");
}

TEST(Scheduled, ARunThatWasWellIsNotMentionedInTheQueue) {
  std::vector<Event> events = {scheduled()[0], at(9, "starting"), started(10), ended(12, "exited", "0")};
  const Job job = fold_scheduled(events, hourly);
  EXPECT_EQ(state_cell(job.state, job.current), "queued");
}

TEST(Scheduled, AKillEndsItAlsoBetweenItsRuns) {
  Event stop = stop_requested(20);
  stop.run = 2;
  std::vector<Event> events = with_run(scheduled());
  events.push_back(stop);
  const Job job = fold_scheduled(events, hourly);
  EXPECT_EQ(job.state, State::killed);
  EXPECT_EQ(job.current.ended_by, "alice");
  EXPECT_EQ(job.current.ended_at, stop.time);
  // Its time came at the same moment: the launcher sees the request and starts nothing.
  events.push_back(at(21, "starting", {}, 2));
  EXPECT_EQ(fold_scheduled(events, hourly).state, State::killed);
  events.push_back(ended(22, "exited", "1", "exit-code", 2));
  EXPECT_EQ(fold_scheduled(events, hourly).state, State::killed);
  EXPECT_EQ(fold_scheduled({scheduled()[0], stop_requested(2)}, once).state, State::killed);
}

TEST(Scheduled, AKillOfARunEndsItAndARestartDoesNot) {
  std::vector<Event> events = {scheduled()[0], at(9, "starting"), started(10), stop_requested(11),
                               ended(12, "killed", "15")};
  EXPECT_EQ(fold_scheduled(events, hourly).state, State::killed);
  events[3].fields["how"] = "jobctl restart";
  EXPECT_EQ(fold_scheduled(events, hourly).state, State::queued);
}

TEST(Scheduled, IsLostWithItsTimer) {
  std::vector<Event> events = with_run(scheduled());
  events.push_back(at(20, "unscheduled", {{"reason", "reboot"}}, 2));
  const Job job = fold_scheduled(events, hourly);
  EXPECT_EQ(state_cell(job.state, job.current), "lost (reboot)");
  events.push_back(at(30, "scheduled", {}, 3));
  EXPECT_EQ(fold_scheduled(events, hourly).state, State::queued);
  EXPECT_EQ(fold_scheduled(events, hourly).run, 3);
}

TEST(Scheduled, ARunThatWasLostAloneIsFollowedByTheNext) {
  const std::vector<Event> running = {scheduled()[0], at(9, "starting"), started(10)};
  for (const char* reason : {"unknown", "reboot", "manager"}) {
    std::vector<Event> events = running;
    events.push_back(at(20, "lost", {{"reason", reason}}));
    EXPECT_EQ(fold_scheduled(events, hourly).state,
              reason == std::string("unknown") ? State::queued : State::lost);
  }
}

TEST(Restarts, ARunThatNobodyAnnouncedHasWhatTheOneBeforeWasGiven) {
  std::vector<Event> events = {at(0, "starting", {{"ports", "8501"}, {"gpus", "shared:1,0"}}), started(1),
                               ended(2, "exited", "3", "exit-code")};
  const auto expect_given = [&](const char* when) {
    const jobctl::Run run = fold(events, "always").current;
    EXPECT_EQ(ports_text(run.ports), "8501") << when;
    EXPECT_EQ(given_gpus_text(run.gpus), "shared:1,0") << when;
  };
  expect_given("between two runs");
  events.push_back(started(3, 2));
  expect_given("in the second");
  events.push_back(at(4, "starting", {}, 3));
  EXPECT_TRUE(fold(events, "always").current.gpus.empty()) << "announced, and given none";
}

TEST(Readiness, AJobThatNeverGotReadyHasFailedByThat) {
  const auto events = [](const char* by_itself, const Event& end) {
    return std::vector{at(0, "starting"), started(1),
                       at(2, "not-ready", {{"text", "port 80: refused"}, {"ended", by_itself}}), end};
  };
  EXPECT_EQ(cell(events("0", ended(3, "killed", "15", "exit-code"))), "failed (not ready)");
  EXPECT_EQ(cell(events("0", ended(3, "exited", "0", "exit-code"))), "failed (not ready)");
  EXPECT_EQ(cell(events("1", ended(3, "exited", "0", "exit-code"))), "failed (not ready)");
  EXPECT_EQ(cell(events("1", ended(3, "exited", "4", "exit-code"))), "failed (4)");
  const Job job = fold(events("0", ended(3, "killed", "15", "exit-code")));
  EXPECT_EQ(ending_in_words(job, job.current), "failed: it was not ready in time: port 80: refused");
}

TEST(Health, IsAsTheLastChecksFound) {
  std::vector<Event> events = {at(0, "starting"), started(1),
                               at(2, "unhealthy", {{"text", "HTTP 503"}, {"action", "tell"}})};
  EXPECT_EQ(cell(events), "unhealthy");
  EXPECT_TRUE(is_active(fold(events).state));
  events.push_back(at(3, "paused"));
  EXPECT_EQ(cell(events), "paused");
  events.push_back(at(4, "resumed"));
  events.push_back(at(5, "healthy"));
  EXPECT_EQ(cell(events), "running");
  events.push_back(ended(6, "exited", "3", "exit-code"));
  EXPECT_EQ(cell(events), "failed (3)");
}

TEST(Health, AJobThatWasEndedForItHasFailedByIt) {
  const auto events = [](const char* action) {
    Event stopped = ended(3, "killed", "15");
    stopped.fields["stopped"] = "systemctl stop";
    return std::vector{at(0, "starting"), started(1),
                       at(2, "unhealthy", {{"text", "HTTP 503"}, {"action", action}}), stopped};
  };
  EXPECT_EQ(cell(events("kill")), "failed (unhealthy)");
  EXPECT_EQ(cell(events("restart")), "starting (restart 1)");
  EXPECT_EQ(cell(events("tell")), "killed");
  const Job job = fold(events("kill"));
  EXPECT_EQ(ending_in_words(job, job.current), "failed: it was unhealthy: HTTP 503");
}

TEST(Adopted, IsOlderThanItsJob) {
  const AdoptedProcess process{42, 1234, true};
  const Job job = fold({at(5, "starting", {{"adopted", adopted_text(process)}}), started(2)});
  ASSERT_TRUE(job.current.adopted.has_value());
  EXPECT_EQ(job.current.adopted->pid, 42);
  EXPECT_EQ(job.current.adopted->start_ticks, 1234U);
  EXPECT_TRUE(job.current.adopted->is_orphan);
  EXPECT_EQ(job.runtime(from_micros(10'000'000)), std::chrono::seconds(8));
  EXPECT_FALSE(parse_adopted(adopted_text({42, 1234}))->is_orphan);
  for (const char* text : {"", "42", "42 x", "x 42", "42  7"}) EXPECT_FALSE(parse_adopted(text)) << text;
}

TEST(Adopted, AnExitThatNobodyLearnedIsNeitherDoneNorFailed) {
  const auto events = [] {
    return std::vector{at(0, "starting"), started(1), at(3, "ended", {{"result", result_of_unknown_exit}})};
  };
  EXPECT_EQ(cell(events()), "lost (exit unknown)");
  const Job job = fold(events());
  EXPECT_EQ(ending_in_words(job, job.current), "ended; its exit status was told to its parent only");
  EXPECT_EQ(passthrough_status(job.current), 1);
  std::vector<Event> killed = events();
  killed.insert(killed.begin() + 2, stop_requested(2));
  EXPECT_EQ(cell(killed), "killed");
}

}  // namespace
}  // namespace jobctl
