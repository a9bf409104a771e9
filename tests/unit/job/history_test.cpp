#include "job/history.hpp"

#include <gmock/gmock.h>

namespace jobctl {
namespace {

using testing::ElementsAre;

Record record_with(std::vector<Event> events) {
  Record record;
  record.spec.uuid = "82d00a5b-5ed5-4cfd-9a75-a87e4f420b27";
  record.spec.name = "nightly";
  record.spec.commands = {{"python3", "train it.py"}, {"./evaluate"}};
  record.events = std::move(events);
  for (size_t i = 0; i < record.events.size(); ++i)
    record.events[i].time = from_micros(1'000'000 * (int64_t(i) + 1));
  return record;
}

std::vector<std::string> told(const Record& record) {
  std::vector<std::string> lines;
  for (const HistoryEntry& entry : history_of(record))
    lines.push_back(entry.event + " " + std::to_string(entry.run) + " " + entry.by + ": " + entry.text);
  return lines;
}

const Event starting("starting", 1, {{"by", "alice"}, {"boot", "b"}});
const Event started("started", 1, {{"pid", "42"}});
const Event failed("ended", 1, {{"result", "exit-code"}, {"code", "exited"}, {"status", "3"}});

TEST(History, TellsWhoStartedWhatAndHowItEnded) {
  EXPECT_THAT(told(record_with({starting, started, failed})),
              ElementsAre("start 1 alice: python3 'train it.py' --then ./evaluate",
                          "end 1 : failed: a command exited with status 3"));
  for (const HistoryEntry& entry : history_of(record_with({starting, started, failed})))
    EXPECT_EQ(entry.pid, 42);
}

TEST(History, TellsKillsAndSignalsAndTheirSenders) {
  const Record record = record_with(
      {starting, started, Event("signal-sent", 1, {{"signal", "10"}, {"by", "bob"}, {"how", "x"}}),
       Event("paused", 1, {{"by", "bob"}}), Event("resumed", 1, {{"by", "eve"}}),
       Event("stop-requested", 1, {{"by", "root"}, {"how", "jobctl kill"}}),
       Event("ended", 1, {{"result", "success"}, {"code", "killed"}, {"status", "15"}})});
  EXPECT_THAT(told(record), ElementsAre(testing::_, "signal 1 bob: SIGUSR1 (x)",
                                        "pause 1 bob: ", "resume 1 eve: ", "kill 1 root: jobctl kill",
                                        "end 1 root: killed by root (jobctl kill)"));
}

TEST(History, ARestartIsOneThing) {
  const Record record =
      record_with({starting, started, Event("stop-requested", 1, {{"by", "bob"}, {"how", "jobctl restart"}}),
                   failed, Event("starting", 2, {{"by", "bob"}}), Event("started", 2)});
  EXPECT_THAT(told(record), ElementsAre(testing::StartsWith("start 1"), testing::StartsWith("end 1"),
                                        testing::StartsWith("restart 2 bob")));
}

TEST(History, WhatNobodyAskedForIsSystemds) {
  EXPECT_THAT(told(record_with({starting, started, failed, Event("started", 2)})).back(),
              "restart 2 systemd: ");
}

TEST(History, AdoptionIsNoStart) {
  Event adopted = starting;
  adopted.fields["adopted"] = "42 1";
  EXPECT_THAT(told(record_with({adopted, started})),
              ElementsAre("adopt 1 alice: python3 'train it.py' --then ./evaluate"));
}

TEST(History, RunsOfAScheduleAreStarts) {
  Record record = record_with({starting, started, failed, Event("starting", 2, {{"by", "alice"}})});
  record.spec.job_file = "/x/nightly.toml";
  EXPECT_THAT(told(record).back(), testing::StartsWith("start 2 alice"));
}

TEST(History, HowARunCameAboutNamesIt) {
  const auto asked = [](int run, const char* by, const char* how) {
    return Event("starting", run, {{"by", by}, {"how", how}});
  };
  const Event stopped("ended", 3, {{"stopped", "systemctl restart"}, {"code", "killed"}, {"status", "15"}});
  Record record =
      record_with({asked(1, "systemd", "schedule"), started, failed, asked(2, "alice", "jobctl restart"),
                   asked(3, "systemd", "unit"), Event("started", 3), stopped, asked(4, "systemd", "unit")});
  record.spec.job_file = "/x/nightly.toml";
  std::vector<std::string> starts;
  for (const std::string& line : told(record))
    if (!line.starts_with("end")) starts.push_back(line.substr(0, line.find(':')));
  EXPECT_THAT(starts,
              ElementsAre("start 1 systemd", "restart 2 alice", "start 3 systemd", "restart 4 systemd"));
}

TEST(History, RunsAreToldWithTheDefinitionThatHeld) {
  Record record = record_with({starting, started, failed, Event("defined", 2, {{"by", "bob"}}),
                               Event("starting", 2), Event("started", 2)});
  record.earlier.emplace(2, record.spec);
  record.earlier.at(2).commands = {{"old"}};
  record.earlier.at(2).name = "weekly";
  record.spec.job_file = "/x/nightly.toml";
  EXPECT_THAT(told(record), ElementsAre("start 1 alice: old", "end 1 : failed: old exited with status 3",
                                        "define 2 bob: /x/nightly.toml",
                                        "start 2 : python3 'train it.py' --then ./evaluate"));
  EXPECT_EQ(history_of(record).front().name, "weekly");
  EXPECT_EQ(history_of(record).back().name, "nightly");
}

TEST(History, LinesKeepWhateverANameHas) {
  HistoryEntry entry;
  entry.time = from_micros(1'763'000'000'123'456);
  entry.event = "flush";
  entry.uuid = "82d00a5b-5ed5-4cfd-9a75-a87e4f420b27";
  entry.name = "two\nlines = \xff\x1b[31m";
  entry.type = "a b", entry.session = "%s", entry.user = "ü", entry.by = "root=1", entry.text = " x=y ";
  entry.labels = {{"a", ""}, {"b", "c=d\ne"}};
  entry.run = 7, entry.pid = 4711;
  const std::string line = to_line(entry);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(parse_history_entry(line), entry);
  EXPECT_EQ(time_of_history_entry(line), entry.time);
  const HistoryEntry of_no_job = history_entry({}, "cleanup", 0);
  EXPECT_EQ(parse_history_entry(to_line(of_no_job)), of_no_job);
}

TEST(History, HalfALineIsNone) {
  for (const char* text : {"", "flush", "flush run=1", "{}", "flush run=1 time=5 name=a=b"})
    EXPECT_EQ(parse_history_entry(text), std::nullopt) << text;
}

}  // namespace
}  // namespace jobctl
