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
    {"success-exit-status", "3 75 SIGHUP"},
    {"restart", "on-failure:3"},
    {"restart-delay", "1000000us"},
    {"restart-max-delay", "2000000us"},
    {"port", "http=8501"},
    {"gpu", "1,0"},
    {"gpu-shared", "true"},
    {"ready", "tcp:http"},
    {"ready-timeout", "3000000us"},
    {"health", "exec:true"},
    {"health-interval", "10000000us"},
    {"health-timeout", "2000000us"},
    {"health-retries", "2"},
    {"health-start-period", "60000000us"},
    {"on-unhealthy", "restart"},
    {"on-end", "mail"},
    {"on-failure", "exec:tell 'the boss'"},
    {"at", "@1700000000000001us"},
    {"every", "3600000000us"},
    {"calendar", "Mon 9:00"},
};

// What is a time to come when it is read is a time from then on.
bool is_relative(const Policy& policy) {
  return std::string(policy.name) == "in";
}

JobSpec with_all() {
  JobSpec spec;
  spec.uuid = "82d00a5b-5ed5-4cfd-9a75-a87e4f420b27";
  for (const Policy& policy : policies())
    if (!is_relative(policy)) policy.set(spec, examples.at(policy.name), policy.name);
  return spec;
}

TEST(Policy, EachIsTakenBackAsItWasWritten) {
  const JobSpec spec = with_all();
  for (const Policy& policy : policies())
    EXPECT_EQ(policy.texts(spec),
              is_relative(policy) ? std::vector<std::string>() : std::vector{examples.at(policy.name)})
        << policy.name;
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
  JobSpec all = with_all();
  EXPECT_THROW(check_policies(all), Error) << "several times";
  all.schedule = {.every = all.schedule.every};
  JobSpec spec = all;
  EXPECT_NO_THROW(check_policies(spec));
  spec.scope = true;
  EXPECT_THROW(check_policies(spec), Error);
  spec = all;
  spec.restart.when = RestartWhen::no;
  EXPECT_THROW(check_policies(spec), Error);
  spec = all;
  spec.restart.delay = std::chrono::seconds(3);
  EXPECT_THROW(check_policies(spec), Error);
  spec = with_all();
  spec.gpus.numbers.clear();
  EXPECT_THROW(check_policies(spec), Error) << "--gpu-shared without --gpu";
}

std::string refusal_of(const JobSpec& spec) try {
  check_policies(spec);
  return "";
} catch (const Error& error) {
  return error.what() + (error.hint.empty() ? "" : " | " + error.hint);
}

TEST(Policy, LessMemoryThanAnyProgramNeedsIsRefused) {
  JobSpec spec;
  const auto with = [&](const char* size) {
    find_policy("memory")->set(spec, size, "--memory");
    return refusal_of(spec);
  };
  EXPECT_EQ(
      with("4"),
      "--memory: 4 bytes are too little for any program; at least 2M | a number alone means bytes; did you "
      "mean 4G?");
  EXPECT_EQ(with("1M"), "--memory: 1048576 bytes are too little for any program; at least 2M");
  EXPECT_NE(with("2097151"), "");
  EXPECT_EQ(with("2M"), "");
}

TEST(Policy, LessMemoryIsRefusedAsAPropertyToo) {
  const auto with = [](const char* name, const char* value) {
    JobSpec spec;
    spec.properties = {{name, value}};
    return refusal_of(spec);
  };
  EXPECT_EQ(with("MemoryMax", "512K"),
            "-p MemoryMax: 524288 bytes are too little for any program; at least 2M");
  for (const char* little : {"100", " 100 ", "+100", "0.5M", "1M"})
    EXPECT_NE(with("MemoryMax", little), "") << little;
  for (const char* enough : {"2M", "infinity", "10%", "", "4G"})
    EXPECT_EQ(with("MemoryMax", enough), "") << enough;
  EXPECT_NE(with("MemoryLimit", "100"), "");
  EXPECT_EQ(with("MemoryHigh", "100"), "");
}

TEST(Policy, WhatSystemdHasNoCalendarForIsTooFarAway) {
  JobSpec spec;
  find_policy("every")->set(spec, "100y", "--every");
  EXPECT_EQ(refusal_of(spec), "");
  find_policy("every")->set(spec, "300y", "--every");
  EXPECT_EQ(refusal_of(spec), "--every: that is too far away");
}

JobSpec with_on_unhealthy(const std::vector<std::string>& texts) {
  JobSpec spec;
  find_policy("health")->set(spec, "exec:true", "--health");
  for (const std::string& text : texts) find_policy("on-unhealthy")->set(spec, text, "--on-unhealthy");
  return spec;
}

TEST(Policy, OnUnhealthyTakesOneActionAndAnyNumberOfTargets) {
  const std::vector<std::string> texts = {"restart", "notify", "mail:bob@example.org"};
  EXPECT_EQ(
      find_policy("on-unhealthy")->texts(with_on_unhealthy({"notify", "restart", "mail:bob@example.org"})),
      texts);
  EXPECT_EQ(with_on_unhealthy({"notify"}).health.action(), OnUnhealthy::tell);
  EXPECT_NO_THROW(with_on_unhealthy({"kill", "kill"}));
  EXPECT_THROW(with_on_unhealthy({"tell", "restart"}), Error);
}

TEST(Policy, AlertAsActionMeansTheTargetsOfOnFailure) {
  JobSpec spec = with_on_unhealthy({"alert", "notify"});
  EXPECT_THROW(check_policies(spec), Error);
  find_policy("on-failure")->set(spec, "mail", "--on-failure");
  EXPECT_NO_THROW(check_policies(spec));
  const std::vector<AlertTarget> both = {{AlertKind::notify, ""}, {AlertKind::mail, ""}};
  EXPECT_EQ(alert_targets(spec, AlertEvent::unhealthy), both);
}

TEST(Policy, TargetsThatNoServerCanBeAskedByAreRefused) {
  for (const char* name : {"on-end", "on-failure", "on-unhealthy"}) {
    JobSpec spec = with_on_unhealthy({});
    find_policy(name)->set(spec, "https://h:{PORT}/", "");
    EXPECT_EQ(refusal_of(spec), "--" + std::string(name) +
                                    ": \"https://h:{PORT}/\" has braces that stand for no port of this job");
    spec = with_on_unhealthy({});
    find_policy(name)->set(spec, "https://h:99999/", "");
    EXPECT_EQ(refusal_of(spec),
              "--" + std::string(name) + ": \"https://h:99999/\" names no port from 1 to 65535");
  }
}

TEST(Policy, OnlyTargetsNeedAProbeAsWell) {
  JobSpec spec;
  find_policy("on-unhealthy")->set(spec, "notify", "--on-unhealthy");
  EXPECT_THROW(check_policies(spec), Error);
}

TEST(Policy, MoreTargetsThanAnEndCanWaitForAreRefused) {
  JobSpec spec;
  for (size_t i = 0; i < most_alerts; ++i) find_policy("on-end")->set(spec, "notify", "");
  EXPECT_NO_THROW(check_policies(spec));
  find_policy("on-end")->set(spec, "notify", "");
  EXPECT_THROW(check_policies(spec), Error);
}

TEST(Policy, WrongValuesAreRefusedByName) {
  const std::pair<const char*, const char*> wrong[] = {{"tasks", "0"},
                                                       {"tasks", "many"},
                                                       {"io-weight", "10001"},
                                                       {"nice", "20"},
                                                       {"nice", "-21"},
                                                       {"timeout", "0"},
                                                       {"restart-delay", "infinity"},
                                                       {"restart", "maybe"},
                                                       {"timeout", "soon"},
                                                       {"on-end", "alert"},
                                                       {"on-failure", ""},
                                                       {"on-unhealthy", "explode"}};
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
