#include "job/policy.hpp"

#include <map>

#include <gtest/gtest.h>

#include "job/record.hpp"
#include "util/error.hpp"

namespace jobctl {
namespace {

// One text for each policy that there is.
const std::map<std::string, std::string> examples = {
    {"memory", "4294967296"},
    {"cpus", "1.5"},
    {"tasks", "64"},
    {"io-weight", "50"},
    {"nice", "-5"},
    {"cpu-affinity", "0-3,8"},
    {"timeout", "90000000us"},
    {"restart", "on-failure:3"},
    {"restart-delay", "1000000us"},
    {"restart-max-delay", "2000000us"},
    {"port", "http=8501"},
    {"ready", "tcp:http"},
    {"ready-timeout", "3000000us"},
    {"health", "exec:true"},
    {"health-interval", "10000000us"},
    {"health-timeout", "2000000us"},
    {"health-retries", "2"},
    {"health-start-period", "60000000us"},
    {"on-unhealthy", "restart"},
};

JobSpec with_all() {
  JobSpec spec;
  spec.uuid = "82d00a5b-5ed5-4cfd-9a75-a87e4f420b27";
  for (const Policy& policy : policies()) policy.set(spec, examples.at(policy.name), policy.name);
  return spec;
}

TEST(Policy, EachIsTakenBackAsItWasWritten) {
  const JobSpec spec = with_all();
  for (const Policy& policy : policies())
    EXPECT_EQ(policy.texts(spec), std::vector{examples.at(policy.name)}) << policy.name;
}

TEST(Policy, NoneIsSetInAJobThatAskedForNone) {
  EXPECT_EQ(policy_texts(JobSpec()), std::vector<std::string>());
}

TEST(Policy, TheRecordKeepsThemAll) {
  const JobSpec spec = with_all();
  EXPECT_EQ(policy_texts(parse_record(serialize(spec)).spec), policy_texts(spec));
}

TEST(Policy, OneOfANewerVersionIsLeftOutAndADamagedOneIsTold) {
  JobSpec spec;
  set_policy(spec, "teleport=yes");
  set_policy(spec, "");
  EXPECT_EQ(policy_texts(spec), std::vector<std::string>());
  EXPECT_THROW(set_policy(spec, "memory=lots"), Error);
  EXPECT_THROW(set_policy(spec, "memory"), Error);
}

TEST(Policy, ThoseThatNeedOrExcludeEachOtherAreRefused) {
  JobSpec spec = with_all();
  EXPECT_NO_THROW(check_policies(spec));
  spec.scope = true;
  EXPECT_THROW(check_policies(spec), Error);
  spec = with_all();
  spec.restart.when = RestartWhen::no;
  EXPECT_THROW(check_policies(spec), Error);
  spec = with_all();
  spec.restart.delay = std::chrono::seconds(3);
  EXPECT_THROW(check_policies(spec), Error);
}

TEST(Policy, WrongValuesAreRefusedByName) {
  const std::pair<const char*, const char*> wrong[] = {
      {"tasks", "0"},     {"tasks", "many"}, {"io-weight", "10001"},        {"nice", "20"},
      {"nice", "-21"},    {"timeout", "0"},  {"restart-delay", "infinity"}, {"restart", "maybe"},
      {"timeout", "soon"}};
  for (const auto& [name, text] : wrong) {
    JobSpec spec;
    try {
      find_policy(name)->set(spec, text, std::string("--") + name);
      ADD_FAILURE() << name << " " << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code, Errc::usage);
      EXPECT_TRUE(std::string(error.what()).starts_with(std::string("--") + name)) << error.what();
    }
  }
}

}  // namespace
}  // namespace jobctl
