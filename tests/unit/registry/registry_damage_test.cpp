// What becomes of a registry whose file is broken, can't be written, or is another version's.
#include <fstream>

#include <gmock/gmock.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "registry/registry.hpp"
#include "registry/support.hpp"
#include "util/error.hpp"

namespace jobctl {
namespace {

using testing::HasSubstr;

class DamagedRegistryTest : public testing::Test {
 protected:
  // Records and rows of `count` jobs.
  void make_jobs(int count) {
    Registry registry(state_.path(), this_boot);
    for (int i = 0; i < count; ++i) {
      create_record(state_, i);
      registry.reserve(some_job(i));
    }
  }

  void expect_all_jobs(Registry& registry, int count) {
    const std::vector<Job> jobs = registry.find({});
    ASSERT_EQ(jobs.size(), static_cast<size_t>(count)) << registry.note();
    for (int i = 0; i < count; ++i) EXPECT_EQ(jobs[static_cast<size_t>(i)].spec.uuid, uuid_number(i));
  }

  // Set aside, reported, rebuilt; and the next look finds nothing to complain of.
  void expect_recovery(int count) {
    {
      Registry registry(state_.path(), this_boot);
      expect_all_jobs(registry, count);
      EXPECT_THAT(registry.note(), HasSubstr("jobs.db.damaged-"));
      EXPECT_THAT(registry.note(), HasSubstr("rebuilt"));
      registry.reserve(some_job(1000));
    }
    Registry again(state_.path(), this_boot);
    EXPECT_EQ(again.note(), "");
    EXPECT_TRUE(again.find_uuid(uuid_number(1000)));
    EXPECT_EQ(damaged_files(), 1);
  }

  int damaged_files() {
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(state_.path()))
      count += entry.path().filename().string().starts_with("jobs.db.damaged-");
    return count;
  }

  void overwrite(off_t offset, size_t size) {
    std::fstream file(state_.database(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(offset);
    for (size_t i = 0; i < size; ++i) file.put(static_cast<char>(i * 37 + 11));
  }

  StateDirectory state_;
};

TEST_F(DamagedRegistryTest, IsRebuiltWhenItIsGarbage) {
  make_jobs(20);
  std::ofstream(state_.database(), std::ios::trunc) << std::string(10000, 'x');
  expect_recovery(20);
}

TEST_F(DamagedRegistryTest, IsRebuiltWhenItIsCutInTheMiddle) {
  make_jobs(100);
  std::filesystem::resize_file(state_.database(), std::filesystem::file_size(state_.database()) / 2);
  Registry registry(state_.path(), this_boot);
  expect_all_jobs(registry, 100);
}

TEST_F(DamagedRegistryTest, IsRebuiltWhenItIsCutToNothing) {
  make_jobs(20);
  std::filesystem::resize_file(state_.database(), 0);
  Registry registry(state_.path(), this_boot);
  expect_all_jobs(registry, 20);
}

TEST_F(DamagedRegistryTest, IsRebuiltWhenThereIsGarbageInTheMiddle) {
  make_jobs(100);
  overwrite(4096, std::filesystem::file_size(state_.database()) - 8192);
  Registry registry(state_.path(), this_boot);
  expect_all_jobs(registry, 100);
}

TEST_F(DamagedRegistryTest, IsRebuiltWhicheverPageIsGarbage) {
  for (int page = 0; page < 6; ++page) {
    std::filesystem::remove_all(jobs_dir(state_.path()));
    std::filesystem::remove(state_.database());
    make_jobs(40);
    overwrite(page * 4096, 4096);
    Registry registry(state_.path(), this_boot);
    const std::vector<Job> jobs = registry.find({});
    EXPECT_EQ(jobs.size(), 40U) << "page " << page << ": " << registry.note();
    registry.update({some_job(3)});
    EXPECT_EQ(registry.find({.active = false, .ended_after = {}, .names = {"job 3"}}).size(), 1U)
        << "page " << page;
  }
}

TEST_F(DamagedRegistryTest, LeavesOutOnlyTheRecordThatCanNotBeRead) {
  make_jobs(3);
  std::ofstream(record_path(state_.path(), uuid_number(1)), std::ios::trunc) << "garbage";
  std::filesystem::remove(state_.database());
  Registry registry(state_.path(), this_boot);
  EXPECT_EQ(registry.find({}).size(), 2U);
  EXPECT_THAT(registry.note(), HasSubstr(uuid_number(1)));
}

TEST_F(DamagedRegistryTest, RefusesANewerVersionAndSaysWhatToDo) {
  make_jobs(1);
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(state_.database().c_str(), &db), SQLITE_OK);
  sqlite3_exec(db, "PRAGMA user_version=7", nullptr, nullptr, nullptr);
  sqlite3_close(db);
  try {
    const Registry registry(state_.path(), this_boot);
    FAIL() << "a newer registry was opened";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr(state_.database()));
    EXPECT_THAT(error.what(), HasSubstr("newer jobctl (version 7, this one knows"));
    EXPECT_THAT(error.hint, HasSubstr("upgrade jobctl"));
  }
  EXPECT_TRUE(std::filesystem::exists(state_.database()));
  EXPECT_EQ(damaged_files(), 0);
}

TEST_F(DamagedRegistryTest, LivesInMemoryWhereTheDatabaseCanNotBeOpened) {
  make_jobs(3);
  std::filesystem::remove(state_.database());
  std::filesystem::create_directory(state_.database());  // for root, whom no permission stops
  Registry registry(state_.path(), this_boot);
  expect_all_jobs(registry, 3);
  EXPECT_NE(registry.read_only_reason(), "");
  EXPECT_THAT(registry.note(), HasSubstr("can't be used"));
  try {
    registry.reserve(some_job(9));
    FAIL() << "a job was reserved where nothing can be kept";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("can't be written"));
  }
  registry.update({some_job(1)});
}

TEST_F(DamagedRegistryTest, LivesInMemoryWhereTheStateDirectoryCanNotBeMade) {
  std::ofstream(state_.path() + "/file");
  Registry registry(state_.path() + "/file/state", this_boot);
  EXPECT_NE(registry.read_only_reason(), "");
  EXPECT_TRUE(registry.find({}).empty());
}

// In a child, as another user where root runs the tests. What is not as it should be is the exit status.
int open_as_user(const std::string& state_dir, size_t jobs) {
  if (geteuid() == 0) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(state_dir))
      EXPECT_EQ(chown(entry.path().c_str(), 65534, 65534), 0);
    EXPECT_EQ(chown(state_dir.c_str(), 65534, 65534), 0);
  }
  const pid_t pid = fork();
  if (pid == 0) {
    if (geteuid() == 0 && setuid(65534) != 0) _exit(2);
    try {
      Registry registry(state_dir, this_boot);
      _exit(!registry.read_only_reason().empty() && registry.find({}).size() == jobs ? 0 : 3);
    } catch (const std::exception& error) {
      dprintf(STDERR_FILENO, "%s\n", error.what());
      _exit(4);
    }
  }
  int status = 1;
  waitpid(pid, &status, 0);
  return WEXITSTATUS(status);
}

TEST_F(DamagedRegistryTest, LivesInMemoryWhereTheDirectoryIsReadOnly) {
  make_jobs(2);
  std::filesystem::remove(state_.database());
  ASSERT_EQ(chmod(state_.path().c_str(), 0500), 0);
  EXPECT_EQ(open_as_user(state_.path(), 2), 0);
}

TEST_F(DamagedRegistryTest, LivesInMemoryWhereTheDatabaseIsReadOnly) {
  make_jobs(2);
  ASSERT_EQ(chmod(state_.database().c_str(), 0400), 0);
  EXPECT_EQ(open_as_user(state_.path(), 2), 0);
}

TEST_F(DamagedRegistryTest, SaysSoWhenTheDiskIsFull) {
  make_jobs(1);
  const pid_t pid = fork();
  if (pid == 0) {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{4096, 4096};
    setrlimit(RLIMIT_FSIZE, &limit);
    try {
      Registry registry(state_.path(), this_boot);
      Job job = some_job(5);
      job.spec.name = std::string(100000, 'x');
      registry.reserve(job);
      _exit(3);
    } catch (const Error& error) {
      _exit(std::string(error.what()).find("registry") != std::string::npos ? 0 : 4);
    }
  }
  int status = 1;
  waitpid(pid, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  Registry registry(state_.path(), this_boot);
  expect_all_jobs(registry, 1);
}

}  // namespace
}  // namespace jobctl
