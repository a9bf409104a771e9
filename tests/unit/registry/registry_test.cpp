#include "registry/registry.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "registry/support.hpp"
#include "util/error.hpp"

namespace jobctl {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> names(const std::vector<Job>& jobs) {
  std::vector<std::string> names;
  for (const Job& job : jobs) names.push_back(job.spec.name);
  return names;
}

std::vector<std::string> named(Registry& registry, const std::string& name) {
  return names(registry.find({.active = false, .ended_after = {}, .names = {name}}));
}

Job ended_job(int number, Time end) {
  Job job = some_job(number);
  job.current.started_at = end - std::chrono::seconds(5);
  job.current.ended_at = end;
  job.current.state = job.state = State::done;
  job.current.exit.code = 0;
  return job;
}

class RegistryTest : public testing::Test {
 protected:
  StateDirectory state_;
};

TEST_F(RegistryTest, IsMadeForItsOwnerOnly) {
  const Registry registry(state_.path() + "/deep/er", this_boot);
  struct stat info {};
  ASSERT_EQ(stat((state_.path() + "/deep/er/jobs.db").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  EXPECT_EQ(registry.note(), "");
  EXPECT_EQ(registry.read_only_reason(), "");
}

TEST_F(RegistryTest, FindsWhatWasReserved) {
  Registry(state_.path(), this_boot).reserve(some_job(1));
  Registry registry(state_.path(), this_boot);
  const auto job = registry.find_uuid(uuid_number(1));
  ASSERT_TRUE(job);
  EXPECT_EQ(job->spec.name, "job 1");
  EXPECT_EQ(job->state, State::starting);
  EXPECT_FALSE(registry.find_uuid(uuid_number(2)));
  EXPECT_FALSE(registry.find_uuid("job 1"));
}

TEST_F(RegistryTest, KnowsWhichUuidsHaveNoRow) {
  Registry registry(state_.path(), this_boot);
  registry.reserve(some_job(1));
  registry.reserve(some_job(3));
  EXPECT_THAT(registry.without_row({uuid_number(1), uuid_number(2), uuid_number(3), "job 1"}),
              ElementsAre(uuid_number(2), "job 1"));
}

TEST_F(RegistryTest, FindsUuidsInCapitals) {
  Registry registry(state_.path(), this_boot);
  Job job;  // without a command, which a row must take as well
  job.spec.uuid = "abcd0000-0000-4000-8000-000000000001";
  registry.reserve(job);
  EXPECT_EQ(registry.find({.names = {"ABCD0000"}}).size(), 1U);
}

TEST_F(RegistryTest, RefusesAUuidThatIsTaken) {
  Registry registry(state_.path(), this_boot);
  registry.reserve(some_job(1));
  try {
    registry.reserve(some_job(1));
    FAIL() << "the UUID was given away twice";
  } catch (const Error& error) {
    EXPECT_EQ(error.code, Errc::refused);
  }
  EXPECT_EQ(registry.find({}).size(), 1U);
}

TEST_F(RegistryTest, KeepsEveryColumn) {
  Job job = some_job(1);
  JobSpec& s = job.spec;
  s.session = "s1";
  s.labels = {{"gpu", "a=b"}, {"empty", ""}};
  s.user = "alice";
  s.host = "node7";
  s.commands = {{"python3", "", "a\nb", "\xff\xfe", "$HOME"}, {}, {"sync"}};
  s.keep_going = s.tty = s.scope = true;
  s.working_directory = "/tmp/\xff";
  s.log_kind = LogKind::journal;
  s.log_file = "/l\nog";
  s.own_log = "own.log";
  s.stop_signal = 2;
  s.stop_timeout.reset();
  s.slice = "jobctl-s1.slice";
  s.runtime_dir = "/run/user/1000/jobctl";
  s.log_dir = "/logs";
  jobctl::Run& r = job.current;
  r.number = 3;
  r.state = State::failed;
  r.reason = "SIGSEGV";
  r.detail = "why";
  r.exit = {{}, 11, true};
  r.invocation_id = "abc";
  r.boot_id = "def";
  r.machine_id = "a machine", r.host = "node8";
  r.cgroup = "/a/b";
  r.pid = 42;
  r.log_offset = int64_t{1} << 40;
  r.requested_at = from_micros(1);
  r.started_at = from_micros(2);
  r.ended_at = from_micros(3);
  r.ended_by = "bob";
  r.ended_how = "jobctl kill";
  r.cpu_us = 0;
  r.memory_peak = uint64_t{1} << 50;
  job.paused = true;
  job.record_size = 77;
  Registry(state_.path(), this_boot).reserve(job);

  const auto back = Registry(state_.path(), this_boot).find_uuid(s.uuid);
  ASSERT_TRUE(back);
  const JobSpec& t = back->spec;
  EXPECT_EQ(std::tie(t.uuid, t.type, t.name, t.session, t.labels, t.user, t.host, t.created_at, t.commands),
            std::tie(s.uuid, s.type, s.name, s.session, s.labels, s.user, s.host, s.created_at, s.commands));
  EXPECT_TRUE(t.keep_going && t.tty && t.scope);
  EXPECT_EQ(std::tie(t.working_directory, t.log_kind, t.log_file, t.own_log, t.stop_signal, t.stop_timeout),
            std::tie(s.working_directory, s.log_kind, s.log_file, s.own_log, s.stop_signal, s.stop_timeout));
  EXPECT_EQ(std::tie(t.unit, t.slice, t.runtime_dir, t.log_dir),
            std::tie(s.unit, s.slice, s.runtime_dir, s.log_dir));
  const jobctl::Run& q = back->current;
  EXPECT_EQ(std::tie(q.number, q.state, q.reason, q.detail, q.exit.code, q.exit.signal, q.exit.core_dumped),
            std::tie(r.number, r.state, r.reason, r.detail, r.exit.code, r.exit.signal, r.exit.core_dumped));
  EXPECT_EQ(std::tie(q.invocation_id, q.boot_id, q.machine_id, q.host, q.cgroup, q.pid, q.log_offset),
            std::tie(r.invocation_id, r.boot_id, r.machine_id, r.host, r.cgroup, r.pid, r.log_offset));
  EXPECT_EQ(
      std::tie(q.requested_at, q.started_at, q.ended_at, q.ended_by, q.ended_how, q.cpu_us, q.memory_peak),
      std::tie(r.requested_at, r.started_at, r.ended_at, r.ended_by, r.ended_how, r.cpu_us, r.memory_peak));
  EXPECT_TRUE(back->paused);
  EXPECT_EQ(back->record_size, 77);
  EXPECT_EQ(back->run, 3);
}

TEST_F(RegistryTest, ShowsWhoHoldsPortsOrGpusToWhoWantsSome) {
  Registry registry(state_.path(), this_boot);
  std::vector<Job> jobs;
  for (int i = 1; i <= 4; ++i) jobs.push_back(some_job(i));
  jobs[1].current.ports = {{"", 8501}};
  jobs[2].current.gpus = {{1, 0}, 0, true};
  jobs[3] = ended_job(4, now());
  jobs[3].current.gpus = {{2}, 0, false};
  for (const Job& job : jobs) registry.reserve(job);
  std::vector<Job> seen;
  registry.reserve(
      [&](std::vector<Job> holders) {
        seen = std::move(holders);
        return some_job(5);
      },
      true);
  EXPECT_THAT(names(seen), ElementsAre("job 2", "job 3"));
  EXPECT_EQ(seen.at(0).current.ports, jobs[1].current.ports);
  EXPECT_EQ(seen.at(1).current.gpus, jobs[2].current.gpus);
  EXPECT_TRUE(registry.find_uuid(uuid_number(5)));
}

TEST_F(RegistryTest, UpdatesInPlaceAndKeepsTheOrder) {
  Registry registry(state_.path(), this_boot);
  for (int i = 1; i <= 3; ++i) registry.reserve(some_job(i));
  Job job = some_job(2);
  job.spec.name = "renamed";
  registry.update({job, some_job(4)});
  EXPECT_THAT(names(registry.find({})), ElementsAre("job 1", "renamed", "job 3", "job 4"));
}

TEST_F(RegistryTest, MachinesThatShareItDoNotRebuildItForEachOther) {
  create_record(state_, 1);
  Registry(state_.path(), this_boot);
  Registry(state_.path(), "of another machine");
  unlink(record_path(state_.path(), uuid_number(1)).c_str());
  // Whoever rebuilt it would lose the row.
  EXPECT_TRUE(Registry(state_.path(), this_boot).find_uuid(uuid_number(1)));
  EXPECT_TRUE(Registry(state_.path(), "of another machine").find_uuid(uuid_number(1)));
  EXPECT_FALSE(Registry(state_.path(), "a third").find_uuid(uuid_number(1)));
}

TEST_F(RegistryTest, ForgetsTheMarkOfChangeWhenSomebodyWritesRowsWithoutOne) {
  Registry first(state_.path(), this_boot);
  first.reserve(some_job(1));
  first.update({}, "a mark");
  EXPECT_EQ(Registry(state_.path(), this_boot).change_mark(), "a mark");
  first.update({}, "");
  EXPECT_EQ(Registry(state_.path(), this_boot).change_mark(), "a mark");
  first.update({some_job(1)});
  EXPECT_EQ(Registry(state_.path(), this_boot).change_mark(), "");
  first.update({some_job(1)}, "another");
  EXPECT_EQ(Registry(state_.path(), this_boot).change_mark(), "another");
  EXPECT_EQ(Registry(state_.path(), "another boot").change_mark(), "");
}

TEST_F(RegistryTest, RemovesRowsAfterWhatBelongsToThem) {
  Registry registry(state_.path(), this_boot);
  for (int i = 1; i <= 3; ++i) registry.reserve(some_job(i));
  bool removed = false;
  registry.remove({uuid_number(1), uuid_number(3)}, [&] { removed = true; });
  EXPECT_TRUE(removed);
  EXPECT_THAT(names(registry.find({})), ElementsAre("job 2"));
}

TEST_F(RegistryTest, RemovesNothingWhereTheRestCanNotBeRemoved) {
  Registry registry(state_.path(), this_boot);
  registry.reserve(some_job(1));
  EXPECT_THROW(registry.remove({uuid_number(1)}, [] { throw Error(Errc::failed, "no"); }), Error);
  EXPECT_THAT(names(registry.find({})), ElementsAre("job 1"));
}

TEST_F(RegistryTest, FindsActiveAndRecentAndNamedOnes) {
  Registry registry(state_.path(), this_boot);
  const Time now = from_micros(1700000000000000);
  for (const Job& job : {some_job(1), ended_job(2, now), ended_job(3, now - std::chrono::hours(48))})
    registry.reserve(job);
  const auto find = [&](bool active, std::optional<Time> after, const std::vector<std::string>& wanted) {
    return names(registry.find({.active = active, .ended_after = after, .names = wanted}));
  };
  EXPECT_THAT(find(true, {}, {}), ElementsAre("job 1"));
  EXPECT_THAT(find(true, now - std::chrono::hours(24), {}), ElementsAre("job 1", "job 2"));
  EXPECT_THAT(find(false, {}, {"job 3"}), ElementsAre("job 3"));
  EXPECT_THAT(find(false, {}, {uuid_number(3)}), ElementsAre("job 3"));
  EXPECT_THAT(find(false, {}, {"job"}), IsEmpty());
}

TEST_F(RegistryTest, WhatWasFlushedMeanwhileGetsNoRow) {
  Registry registry(state_.path(), this_boot);
  const Time now = from_micros(1700000000000000);
  Job read_before = ended_job(1, now);
  read_before.record_size = 100;
  registry.reserve(ended_job(2, now));
  registry.update({read_before, ended_job(2, now), ended_job(3, now), some_job(4)});
  EXPECT_THAT(names(registry.find({})), ElementsAre("job 2", "job 4"));
}

TEST_F(RegistryTest, FindsByUuidPrefix) {
  Registry registry(state_.path(), this_boot);
  Job job = some_job(1);
  job.spec.uuid = "ffffffff-ffff-4fff-bfff-ffffffffffff";
  registry.reserve(job);
  registry.reserve(some_job(2));
  EXPECT_THAT(named(registry, "ffff"), ElementsAre("job 1"));
  EXPECT_THAT(named(registry, "0000"), ElementsAre("job 2"));
  EXPECT_THAT(named(registry, "00001"), IsEmpty());
}

TEST_F(RegistryTest, TakesNamesLiterally) {
  Registry registry(state_.path(), this_boot);
  Job job = some_job(1);
  job.spec.name = "it's; DROP TABLE jobs --%_*";
  registry.reserve(job);
  EXPECT_THAT(named(registry, job.spec.name), ElementsAre(job.spec.name));
  EXPECT_THAT(named(registry, "%"), IsEmpty());
}

TEST_F(RegistryTest, IsRebuiltFromTheRecordsAfterItsDeletion) {
  {
    Registry registry(state_.path(), this_boot);
    for (const int number : {3, 1, 2}) {
      create_record(state_, number);
      registry.reserve(some_job(number));
    }
  }
  std::filesystem::remove(state_.database());
  Registry registry(state_.path(), this_boot);
  EXPECT_THAT(names(registry.find({})), ElementsAre("job 1", "job 2", "job 3"));
  EXPECT_THAT(registry.note(), HasSubstr("rebuilt from 3 records"));
  EXPECT_EQ(Registry(state_.path(), this_boot).note(), "");
}

TEST_F(RegistryTest, IsRebuiltSilentlyByTheFirstCommandAfterABoot) {
  create_record(state_, 1);
  create_record(state_, 2);
  {
    Registry before(state_.path(), "another boot");
    before.remove({uuid_number(1)}, [] {});
    before.reserve(some_job(3));  // has no record
  }
  Registry registry(state_.path(), this_boot);
  EXPECT_THAT(names(registry.find({})), ElementsAre("job 1", "job 2"));
  EXPECT_EQ(registry.note(), "");
  registry.remove({uuid_number(1)}, [] {});
  EXPECT_THAT(names(Registry(state_.path(), this_boot).find({})), ElementsAre("job 2"));
}

TEST_F(RegistryTest, TakesWritesOfSeveralProcessesAtOnce) {
  constexpr int processes = 4, jobs_each = 40;
  std::vector<pid_t> children;
  for (int process = 0; process < processes; ++process) {
    children.push_back(fork());
    if (children.back() != 0) continue;
    try {
      for (int i = 0; i < jobs_each; ++i) {
        Registry registry(state_.path(), this_boot);
        const Job job = some_job(process * 100 + i);
        registry.reserve(job);
        registry.update({job});
      }
      _exit(0);
    } catch (const std::exception& error) {
      dprintf(STDERR_FILENO, "%s\n", error.what());
      _exit(1);
    }
  }
  for (const pid_t child : children) {
    int status = 1;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(Registry(state_.path(), this_boot).find({}).size(), static_cast<size_t>(processes * jobs_each));
}

}  // namespace
}  // namespace jobctl
