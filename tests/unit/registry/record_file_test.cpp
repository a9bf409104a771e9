#include "registry/record_file.hpp"

#include <csignal>
#include <fstream>
#include <set>
#include <thread>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "registry/change_mark.hpp"
#include "registry/support.hpp"
#include "util/directories.hpp"
#include "util/error.hpp"

namespace jobctl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

std::vector<std::string> kinds(const RecordFile& file) {
  std::vector<std::string> kinds;
  for (const Event& event : file.read().events) kinds.push_back(event.kind);
  return kinds;
}

mode_t mode_of(const std::string& path) {
  struct stat info {};
  EXPECT_EQ(stat(path.c_str(), &info), 0);
  return info.st_mode & 07777;
}

// Runs `body` in a child, so that its limits and its death stay there; the child's exit status.
template <class Body>
int in_child(Body body) {
  const pid_t pid = fork();
  if (pid == 0) {
    int status = 99;
    try {
      status = body();
    } catch (const std::exception&) {
      status = 98;
    }
    _exit(status);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void forbid_files_larger_than(rlim_t bytes) {
  signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{bytes, bytes};
  setrlimit(RLIMIT_FSIZE, &limit);
}

class RecordFileTest : public testing::Test {
 protected:
  std::string path(int number = 1) { return record_path(state_.path(), uuid_number(number)); }
  StateDirectory state_;
};

TEST_F(RecordFileTest, KeepsDefinitionAndFirstEvent) {
  const RecordFile file = create_record(state_, 1);
  const Record record = file.read();
  EXPECT_EQ(record.spec.uuid, uuid_number(1));
  EXPECT_EQ(record.spec.commands, some_spec(1).commands);
  EXPECT_THAT(kinds(file), ElementsAre("starting"));
  EXPECT_EQ(record.events[0].text("by"), "alice");
}

TEST_F(RecordFileTest, AnnouncesNoRunInARecordThatWasDeleted) {
  const RecordFile file = create_record(state_, 1);
  file.announce(Event("starting", 2));
  EXPECT_THAT(kinds(file), ElementsAre("starting", "starting"));
  unlink(path().c_str());
  EXPECT_THROW(file.announce(Event("starting", 3)), Error);
  EXPECT_THAT(kinds(file), ElementsAre("starting", "starting"));
}

TEST_F(RecordFileTest, IsLockedUntilItIsClosed) {
  create_record(state_, 1);
  std::optional<RecordFile> first = RecordFile::open_existing(path());
  RecordFile second = RecordFile::require(path());
  EXPECT_TRUE(first->keep_locked(false));
  { const RecordFile::Lock within = first->lock(); }
  EXPECT_FALSE(second.keep_locked(false));
  first.reset();
  EXPECT_TRUE(second.keep_locked(false));
}

TEST_F(RecordFileTest, CanBeReadByItsOwnerOnly) {
  create_record(state_, 1);
  EXPECT_EQ(mode_of(path()), 0600U);
  EXPECT_EQ(mode_of(jobs_dir(state_.path())), 0700U);
}

TEST_F(RecordFileTest, LeavesNoOtherFileBeside) {
  create_record(state_, 1);
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(jobs_dir(state_.path())))
    names.push_back(entry.path().filename());
  EXPECT_THAT(names, ElementsAre(uuid_number(1)));
}

TEST_F(RecordFileTest, RefusesAnExistingUuidAndLeavesItsRecordAlone) {
  const RecordFile first = create_record(state_, 1);
  first.append(Event("started", 1));
  try {
    create_record(state_, 1);
    FAIL() << "a second record with the same UUID was made";
  } catch (const Error& error) {
    EXPECT_EQ(error.code, Errc::refused);
    EXPECT_THAT(error.what(), HasSubstr(uuid_number(1)));
  }
  EXPECT_THAT(kinds(first), ElementsAre("starting", "started"));
}

TEST_F(RecordFileTest, LetsExactlyOneOfManyProcessesCreateIt) {
  make_directories(jobs_dir(state_.path()));
  std::vector<pid_t> children;
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  for (int i = 0; i < 8; ++i) {
    children.push_back(fork());
    if (children.back() != 0) continue;
    char go = 0;
    close(ends[1]);
    if (read(ends[0], &go, 1) < 0) _exit(3);
    try {
      RecordFile::create(path(), some_spec(1), starting());
      _exit(0);
    } catch (const Error& error) {
      _exit(error.code == Errc::refused ? 5 : 1);
    }
  }
  close(ends[0]);
  close(ends[1]);
  int created = 0, refused = 0;
  for (const pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    created += status == 0;
    refused += WIFEXITED(status) && WEXITSTATUS(status) == 5;
  }
  EXPECT_EQ(created, 1);
  EXPECT_EQ(refused, 7);
}

TEST_F(RecordFileTest, IsNotFoundWhereThereIsNone) {
  make_directories(jobs_dir(state_.path()));
  EXPECT_FALSE(RecordFile::open_existing(path()).has_value());
}

TEST_F(RecordFileTest, IsNotReachedThroughALink) {
  create_record(state_, 1);
  std::filesystem::create_symlink(path(1), path(2));
  EXPECT_THROW(RecordFile::open_existing(path(2)), Error);
}

TEST_F(RecordFileTest, AppendsEventsInOrder) {
  const RecordFile created = create_record(state_, 1);
  const auto opened = RecordFile::open_existing(path());
  ASSERT_TRUE(opened);
  EXPECT_TRUE(opened->append(Event("started", 1)));
  EXPECT_TRUE(created.append(Event("ended", 1)));
  EXPECT_THAT(kinds(*opened), ElementsAre("starting", "started", "ended"));
}

TEST_F(RecordFileTest, ChangesTheMarkWithEveryEvent) {
  const RecordFile first = create_record(state_, 1), second = create_record(state_, 2);
  std::set<std::string> marks = {read_change_mark(jobs_dir(state_.path()))};
  for (const RecordFile* file : {&first, &second, &first}) {
    ASSERT_TRUE(file->append(starting()));
    marks.insert(read_change_mark(jobs_dir(state_.path())));
  }
  EXPECT_EQ(marks.size(), 4U);
}

TEST_F(RecordFileTest, KeepsEveryEventOfManyAppenders) {
  create_record(state_, 1);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread)
    threads.emplace_back([&] {
      const auto file = RecordFile::open_existing(path());
      for (int i = 0; i < 50; ++i) file->append(Event("paused", 1, {{"by", std::string(100, 'x')}}));
    });
  for (std::thread& thread : threads) thread.join();
  const Record record = RecordFile::open_existing(path())->read();
  ASSERT_EQ(record.events.size(), 201U);
  for (size_t i = 1; i < record.events.size(); ++i) EXPECT_EQ(record.events[i].text("by").size(), 100U);
}

TEST_F(RecordFileTest, NeverTakesTheFirstHalfOfATornEventForOne) {
  const RecordFile file = create_record(state_, 1);
  std::ofstream(path(), std::ios::app) << "event=ended run=1 time=1700000000000000 code=exited status=13";
  EXPECT_THAT(kinds(file), ElementsAre("starting"));
  EXPECT_TRUE(file.append(Event("ended", 1, {{"code", "exited"}, {"status", "137"}})));
  const Record record = file.read();
  ASSERT_THAT(kinds(file), ElementsAre("starting", "ended"));
  EXPECT_EQ(record.events[1].number("status"), 137);
}

TEST_F(RecordFileTest, SaysWhichRecordCanNotBeRead) {
  const RecordFile file = create_record(state_, 1);
  std::ofstream(path(), std::ios::trunc) << "garbage";
  try {
    file.read();
    FAIL() << "garbage was read as a record";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr(path()));
  }
}

TEST_F(RecordFileTest, RefusesARecordOfANewerVersion) {
  const RecordFile file = create_record(state_, 1);
  std::ofstream(path(), std::ios::trunc) << "jobctl-record=2" << '\0' << "defined=1" << '\0';
  try {
    file.read();
    FAIL() << "a newer record was read";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("newer jobctl"));
    EXPECT_THAT(error.hint, HasSubstr("upgrade"));
  }
}

TEST_F(RecordFileTest, DoesNotExistAtAllWhereItsDefinitionDidNotFit) {
  make_directories(jobs_dir(state_.path()));
  const int status = in_child([&] {
    forbid_files_larger_than(16);
    try {
      RecordFile::create(path(), some_spec(1), starting());
    } catch (const Error&) {
      return 0;
    }
    return 1;
  });
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(std::filesystem::is_empty(jobs_dir(state_.path())));
}

TEST_F(RecordFileTest, ReservesSpaceForItsEnd) {
  create_record(state_, 1);
  struct stat info {};
  ASSERT_EQ(stat(path().c_str(), &info), 0);
  const Fd probe(open((state_.path() + "/probe").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
  if (fallocate(probe.get(), FALLOC_FL_KEEP_SIZE, 0, 4096) != 0) GTEST_SKIP() << "no preallocation here";
  EXPECT_GE(info.st_blocks * 512, info.st_size + 4096);
}

TEST_F(RecordFileTest, SaysSoWhenAnEventDoesNotFitAndStaysReadable) {
  create_record(state_, 1);
  const auto size = static_cast<rlim_t>(std::filesystem::file_size(path()));
  const int status = in_child([&] {
    forbid_files_larger_than(size + 20);  // half an event
    return RecordFile::open_existing(path())->append(Event("ended", 1, {{"code", "exited"}})) ? 1 : 0;
  });
  EXPECT_EQ(status, 0);
  const auto file = RecordFile::open_existing(path());
  EXPECT_THAT(kinds(*file), ElementsAre("starting"));
  EXPECT_TRUE(file->append(Event("ended", 1)));
  EXPECT_THAT(kinds(*file), ElementsAre("starting", "ended"));
}

TEST_F(RecordFileTest, IsLockedForOthersUntilTheLockIsGone) {
  const RecordFile file = create_record(state_, 1);
  const Fd other(open(path().c_str(), O_RDONLY | O_CLOEXEC));
  {
    const RecordFile::Lock lock = file.lock();
    EXPECT_NE(flock(other.get(), LOCK_EX | LOCK_NB), 0);
  }
  EXPECT_EQ(flock(other.get(), LOCK_EX | LOCK_NB), 0);
}

TEST_F(RecordFileTest, IsUnlockedByItsHoldersDeath) {
  const RecordFile file = create_record(state_, 1);
  const int status = in_child([&] {
    const auto own = RecordFile::open_existing(path());
    const RecordFile::Lock lock = own->lock();
    raise(SIGKILL);
    return 0;
  });
  EXPECT_EQ(status, 128 + SIGKILL);
  const Fd other(open(path().c_str(), O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(flock(other.get(), LOCK_EX | LOCK_NB), 0);
}

TEST_F(RecordFileTest, ListsRecordsAndNothingElse) {
  create_record(state_, 1);
  create_record(state_, 2);
  std::ofstream(jobs_dir(state_.path()) + "/README");
  std::ofstream(path(3) + ".123.new");
  EXPECT_THAT(list_records(state_.path()), UnorderedElementsAre(uuid_number(1), uuid_number(2)));
}

TEST_F(RecordFileTest, ListsNothingWhereTheFolderIsMissing) {
  EXPECT_TRUE(list_records(state_.path()).empty());
}

TEST_F(RecordFileTest, ARedefinitionHoldsFromItsRunOn) {
  const RecordFile file = create_record(state_, 1);
  JobSpec changed = some_spec(1);
  changed.commands = {{"echo", "a=b\n% \xff"}};
  changed.labels = {{"kind", "new"}};
  const Event next("starting", 2, {{"by", "bob"}});
  file.redefine(changed, next);
  EXPECT_THAT(kinds(file), ElementsAre("starting", "defined"));
  const Record record = file.read();
  EXPECT_EQ(record.spec.commands, changed.commands);
  EXPECT_EQ(record.spec.labels, changed.labels);
  EXPECT_EQ(record.events.back().run, 2);
  EXPECT_EQ(record.events.back().text("by"), "bob");
  EXPECT_EQ(to_micros(record.events.back().time), to_micros(next.time));
  EXPECT_EQ(spec_of_run(record, 1).commands, some_spec(1).commands);
  EXPECT_TRUE(file.append(Event("starting", 2)));
  EXPECT_EQ(file.read().spec.commands, changed.commands);
}

TEST_F(RecordFileTest, ARedefinitionThatDoesNotFitIsAnError) {
  const RecordFile file = create_record(state_, 1);
  EXPECT_EQ(in_child([&] {
              forbid_files_larger_than(100);
              JobSpec changed = some_spec(1);
              changed.commands = {{std::string(100000, 'x')}};
              try {
                file.redefine(changed, Event("starting", 2));
              } catch (const Error&) {
                return 7;
              }
              return 0;
            }),
            7);
  EXPECT_EQ(file.read().spec.commands, some_spec(1).commands);
}

}  // namespace
}  // namespace jobctl
