#include "bus/bus_manager.hpp"

#include <csignal>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include "fakes/fake_systemd1.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"

namespace jobctl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

UnitPlan small_plan() {
  UnitPlan plan;
  plan.unit = "jobctl-x.service";
  plan.properties = {{"Description", std::string("what it is")},
                     {"Delegate", true},
                     {"KillSignal", int32_t{15}},
                     {"TimeoutStopUSec", uint64_t{UINT64_MAX}},
                     {"Documentation", std::vector<std::string>{"file:///a", "file:///b"}},
                     {"ExecStopPost", ExecCommand{"/finish", {"/finish", "a b", ""}, true}}};
  return plan;
}

class BusManagerTest : public testing::Test {
 protected:
  BusManager& connect() {
    manager_ = std::make_unique<BusManager>(Manager::user, fake_.client());
    return *manager_;
  }

  void finish(const std::shared_ptr<UnitJob>& job) {
    while (job->pending) manager_->wait(-1, std::nullopt);
  }

  FakeSystemd1 fake_;
  std::unique_ptr<BusManager> manager_;
};

TEST_F(BusManagerTest, SendsEveryTypeOfPropertyAsSystemdWantsIt) {
  BusManager& manager = connect();
  finish(manager.start(small_plan()));
  EXPECT_THAT(fake_.calls(), ElementsAre("StartTransientUnit jobctl-x.service fail ["
                                         "(Description s:what it is) "
                                         "(Delegate b:1) "
                                         "(KillSignal i:15) "
                                         "(TimeoutStopUSec t:18446744073709551615) "
                                         "(Documentation as:[file:///a file:///b]) "
                                         "(ExecStopPost a(sasb):[(/finish [/finish a b ] 1)])"
                                         "] []"));
}

TEST_F(BusManagerTest, StartsAScopeWithItsFirstProcess) {
  BusManager& manager = connect();
  UnitPlan plan;
  plan.unit = "jobctl-x.scope";
  finish(manager.start(plan, 4242));
  EXPECT_THAT(fake_.calls(), ElementsAre("StartTransientUnit jobctl-x.scope fail [(PIDs au:[4242])] []"));
}

TEST_F(BusManagerTest, KeepsARequestPendingUntilItsJobIsRemoved) {
  fake_.answers = {{.result = ""}, {.result = "done"}};
  BusManager& manager = connect();
  const auto first = manager.start(small_plan());
  const auto second = manager.start(small_plan());
  EXPECT_TRUE(first->pending);
  finish(second);
  EXPECT_FALSE(second->failed);
  EXPECT_TRUE(first->pending);
  EXPECT_FALSE(manager.wait(-1, std::chrono::milliseconds(1)));
}

TEST_F(BusManagerTest, SaysHowAJobFailed) {
  fake_.answers = {{.result = "failed"}, {.result = "timeout"}, {.result = "skipped"}};
  BusManager& manager = connect();
  const auto failed = manager.start(small_plan());
  const auto timeout = manager.start(small_plan());
  const auto skipped = manager.stop("jobctl-x.service");
  finish(skipped);
  EXPECT_TRUE(failed->failed);
  EXPECT_EQ(failed->text, "failed");
  EXPECT_EQ(failed->dbus_error, "");
  EXPECT_EQ(timeout->text, "timeout");
  EXPECT_FALSE(skipped->failed);
}

TEST_F(BusManagerTest, TellsRefusalsApartByTheirName) {
  fake_.answers = {{.error = "org.freedesktop.systemd1.UnitExists", .text = "Unit x already exists."}};
  BusManager& manager = connect();
  const auto job = manager.start(small_plan());
  finish(job);
  EXPECT_TRUE(job->failed);
  EXPECT_EQ(job->dbus_error, "org.freedesktop.systemd1.UnitExists");
  EXPECT_EQ(job->text, "Unit x already exists.");
}

TEST_F(BusManagerTest, TakesAUnitThatIsNotThereForStopped) {
  fake_.answers = {{.error = "org.freedesktop.systemd1.NoSuchUnit", .text = "Unit x not loaded."}};
  BusManager& manager = connect();
  const auto job = manager.stop("x.service");
  finish(job);
  EXPECT_FALSE(job->failed);
  manager.thaw("x.service");
  manager.reset_failed("x.service");
  EXPECT_THAT(fake_.calls(),
              ElementsAre("StopUnit x.service replace", "ThawUnit x.service", "ResetFailedUnit x.service"));
}

TEST_F(BusManagerTest, ListsUnits) {
  fake_.units = {{"jobctl-a.service", "what it is", "active", "running", ""},
                 {"jobctl-b.scope", "", "deactivating", "stop-sigterm", "stop"}};
  BusManager& manager = connect();
  manager.request_list({"jobctl-*"});
  const std::vector<UnitState> units = manager.list({"jobctl-*"});
  ASSERT_EQ(units.size(), 2U);
  EXPECT_EQ(units[0].unit, "jobctl-a.service");
  EXPECT_EQ(units[0].description, "what it is");
  EXPECT_EQ(units[0].active, "active");
  EXPECT_EQ(units[0].sub, "running");
  EXPECT_EQ(units[0].job, "");
  EXPECT_EQ(units[1].job, "stop");
  EXPECT_THAT(fake_.calls(), ElementsAre("ListUnitsByPatterns [] [jobctl-*]"));
}

TEST_F(BusManagerTest, ListsUnitsInSomeStates) {
  connect().list({"jobctl-*", {"activating", "deactivating"}});
  EXPECT_THAT(fake_.calls(), ElementsAre("ListUnitsByPatterns [activating deactivating] [jobctl-*]"));
}

TEST_F(BusManagerTest, TellsSinceWhenTheManagerIsThere) {
  BusManager& manager = connect();
  manager.request_started_at();
  EXPECT_EQ(manager.started_at(), from_micros(int64_t{1} << 50));
}

TEST_F(BusManagerTest, ListsAfreshEachTime) {
  BusManager& manager = connect();
  manager.request_list({"jobctl-*"});
  EXPECT_TRUE(manager.list({"other"}).empty());
  EXPECT_TRUE(manager.list({"jobctl-*"}).empty());
  EXPECT_THAT(fake_.calls(),
              ElementsAre("ListUnitsByPatterns [] [jobctl-*]", "ListUnitsByPatterns [] [other]",
                          "ListUnitsByPatterns [] [jobctl-*]"));
}

TEST_F(BusManagerTest, SaysSoWhenNothingIsListed) {
  fake_.list_error = "org.freedesktop.DBus.Error.AccessDenied";
  try {
    connect().list({"jobctl-*"});
    FAIL() << "no list passed for an empty one";
  } catch (const Error& error) {
    EXPECT_EQ(error.code, Errc::no_manager);
    EXPECT_THAT(error.what(), HasSubstr("no list"));
  }
}

TEST_F(BusManagerTest, SaysSoWhenTheBusHasNoSystemd) {
  fake_.list_error = "org.freedesktop.DBus.Error.ServiceUnknown";
  try {
    connect().list({"jobctl-*"});
    FAIL() << "a bus without systemd passed for one with no units";
  } catch (const Error& error) {
    EXPECT_EQ(error.code, Errc::no_manager);
    EXPECT_THAT(error.what(), HasSubstr("no systemd answers"));
  }
}

TEST_F(BusManagerTest, SaysSoAtAStartWhenTheBusHasNoSystemd) {
  fake_.answers = {{.error = "org.freedesktop.DBus.Error.ServiceUnknown"}};
  BusManager& manager = connect();
  const auto job = manager.start(small_plan());
  try {
    finish(job);
    FAIL() << "a bus without systemd passed for a refusal";
  } catch (const Error& error) {
    EXPECT_EQ(error.code, Errc::no_manager);
  }
}

TEST_F(BusManagerTest, ReadsPropertiesAsText) {
  BusManager& manager = connect();
  const char* service = "org.freedesktop.systemd1.Service";
  EXPECT_EQ(manager.property("x.service", service, "MainPID"), "4242");
  EXPECT_EQ(manager.property("x.service", service, "ExecMainStartTimestamp"),
            std::to_string(uint64_t{1} << 50));
  EXPECT_EQ(manager.property("x.service", service, "Environment"), std::nullopt);
  EXPECT_EQ(manager.property("x.service", service, "NoSuchProperty"), std::nullopt);
  EXPECT_EQ(manager.property("y.service", service, "MainPID"), std::nullopt);
}

TEST_F(BusManagerTest, KnowsWhetherTheManagerIsStopping) {
  EXPECT_FALSE(connect().is_stopping());
  FakeSystemd1 stopping;
  stopping.system_state = "stopping";
  EXPECT_TRUE(BusManager(Manager::user, stopping.client()).is_stopping());
}

TEST_F(BusManagerTest, AsksForMoreThanTheBusAllowsInFlight) {
  BusManager& manager = connect();
  std::vector<std::shared_ptr<UnitJob>> jobs;
  for (int i = 0; i < 500; ++i) jobs.push_back(manager.stop("x.service"));
  for (const auto& job : jobs) finish(job);
  EXPECT_EQ(fake_.calls().size(), 500U);
}

TEST_F(BusManagerTest, WakesForADescriptor) {
  BusManager& manager = connect();
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const Fd read_end(ends[0]), write_end(ends[1]);
  ASSERT_TRUE(write_all(write_end.get(), "x"));
  while (!manager.wait(read_end.get(), std::nullopt).by_fd) {
  }
}

TEST_F(BusManagerTest, ThrowsInsteadOfHangingWhenTheManagerGoes) {
  fake_.answers = {{.hang_up = true}};
  BusManager& manager = connect();
  const auto job = manager.start(small_plan());
  try {
    finish(job);
    EXPECT_TRUE(job->failed);
  } catch (const Error& error) {
    EXPECT_EQ(error.code, Errc::no_manager);
  }
}

TEST_F(BusManagerTest, ThrowsAtEveryQuestionAfterTheManagerHasGone) {
  BusManager& manager = connect();
  manager.list({"jobctl-*"});
  fake_.hang_up();
  EXPECT_THROW(manager.list({"jobctl-*"}), Error);
  EXPECT_THROW(manager.property("x.service", "org.freedesktop.systemd1.Service", "MainPID"), Error);
  EXPECT_THROW(finish(manager.start(small_plan())), Error);
}

TEST_F(BusManagerTest, CanGoWhileRequestsArePending) {
  fake_.answers = {{.result = ""}};
  BusManager& manager = connect();
  const auto job = manager.start(small_plan());
  manager.request_list({"jobctl-*"});
  manager_.reset();
  EXPECT_TRUE(job->pending);
}

TEST_F(BusManagerTest, RefusesTextThatIsNotUtf8) {
  BusManager& manager = connect();
  UnitPlan plan = small_plan();
  plan.properties = {{"Description", std::string("\xff")}};
  EXPECT_THROW(manager.start(plan), Error);
}

}  // namespace
}  // namespace jobctl
