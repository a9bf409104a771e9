#include "registry/schema.hpp"

#include <filesystem>

#include <gmock/gmock.h>

#include "registry/registry.hpp"
#include "registry/sqlite.hpp"
#include "registry/support.hpp"
#include "util/fd.hpp"

namespace jobctl {
namespace {

using testing::ElementsAre;

std::string data_file(const std::string& name) {
  return std::filesystem::path(JOBCTL_TEST_DATA) / name;
}

class SchemaTest : public testing::Test {
 protected:
  // A database as an older jobctl left it.
  void restore(const std::string& dump) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(state_.database().c_str(), &db), SQLITE_OK);
    execute(db, read_file(data_file(dump)).c_str());
    sqlite3_close(db);
  }

  StateDirectory state_;
};

TEST_F(SchemaTest, IsMadeInAnEmptyDatabase) {
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(":memory:", &db), SQLITE_OK);
  prepare_schema(db);
  prepare_schema(db);  // and not twice
  {
    Statement statement(db, "SELECT count(*) FROM jobs");
    ASSERT_TRUE(statement.step());
    EXPECT_EQ(statement.number(), 0);
  }
  sqlite3_close(db);
}

// The dump is frozen: a registry of version 1 must be understood for ever.
TEST_F(SchemaTest, OpensARegistryOfVersion1) {
  restore("registry_v1.sql");
  Registry registry(state_.path(), this_boot);
  EXPECT_EQ(registry.note(), "");
  const std::vector<Job> jobs = registry.find({});
  ASSERT_EQ(jobs.size(), 2U);

  EXPECT_EQ(jobs[0].spec.uuid, "82d00a5b-5ed5-4cfd-9a75-a87e4f420b27");
  EXPECT_EQ(jobs[0].spec.labels, (std::map<std::string, std::string>{{"gpu", "0"}, {"owner", "a=b"}}));
  EXPECT_THAT(jobs[0].spec.commands, ElementsAre(Argv{"python3", "", "train.py"}, Argv{"sync"}));
  EXPECT_EQ(jobs[0].current.number, 2);
  EXPECT_EQ(jobs[0].state, State::failed);
  EXPECT_EQ(jobs[0].current.exit.code, 3);
  EXPECT_EQ(jobs[0].current.ended_at, from_micros(1700000200000000));
  EXPECT_EQ(jobs[0].spec.stop_timeout, Duration(10000000));

  EXPECT_EQ(jobs[1].spec.name, "nightly");
  EXPECT_EQ(jobs[1].state, State::running);
  EXPECT_EQ(jobs[1].current.pid, 4242);
  EXPECT_FALSE(jobs[1].current.ended_at);
  EXPECT_FALSE(jobs[1].spec.stop_timeout);
}

TEST_F(SchemaTest, LetsAMigratedRegistryBeWritten) {
  restore("registry_v1.sql");
  Registry registry(state_.path(), this_boot);
  registry.reserve(some_job(1));
  registry.remove({"82d00a5b-5ed5-4cfd-9a75-a87e4f420b27"}, [] {});
  EXPECT_EQ(Registry(state_.path(), this_boot).find({}).size(), 2U);
}

}  // namespace
}  // namespace jobctl
