#include "commands/start_defaults.hpp"

#include <gtest/gtest.h>

#include "util/error.hpp"

namespace jobctl {
namespace {

Config with(const std::vector<std::pair<const char*, const char*>>& defaults) {
  Config config;
  for (const auto& [name, text] : defaults)
    config.start.push_back({find_policy(name), text, "file:" + std::to_string(config.start.size() + 2)});
  return config;
}

std::string refusal_of(const Config& config, const GivenPolicies& given = {}, JobSpec spec = {}) try {
  for (const auto& [name, texts] : given)
    for (const std::string& text : texts) find_policy(name)->set(spec, text, name);
  set_defaults(spec, given, config);
  return "";
} catch (const Error& error) {
  return error.what();
}

TEST(StartDefaults, AreSetWhereNothingIsGiven) {
  JobSpec spec;
  find_policy("nice")->set(spec, "3", "");
  set_defaults(spec, {{"nice", {"3"}}}, with({{"nice", "5"}, {"tasks", "9"}, {"ready-timeout", "2s"}}));
  EXPECT_EQ(spec.control.nice, 3);
  EXPECT_EQ(spec.control.tasks, 9U);
  EXPECT_EQ(spec.ready.timeout, std::nullopt) << "it needs ready";
}

TEST(StartDefaults, OneThatDoesNotFitIsNamed) {
  EXPECT_EQ(refusal_of(with({{"nice", "3"}, {"health", "tcp"}, {"health-retries", "2"}})),
            "file:3: start.health: --health: tcp means the job's port, and it has none");
  EXPECT_EQ(refusal_of(with({{"health", "tcp"}}), {{"port", {"80"}}}), "");
  const Config alert = with({{"on-unhealthy", "alert"}, {"health", "exec:true"}});
  EXPECT_EQ(refusal_of(alert),
            "file:2: start.on_unhealthy: --on-unhealthy alert needs --on-failure, whose targets it alerts");
  EXPECT_EQ(refusal_of(alert, {{"on-failure", {"mail"}}}), "");
  EXPECT_EQ(refusal_of(with({{"memory", "4"}})),
            "file:2: start.memory: --memory: 4 bytes are too little for any program; at least 2M");
}

TEST(StartDefaults, AreNotBlamedForWhatIsGiven) {
  const Config config = with({{"nice", "3"}, {"restart-max-delay", "1s"}});
  EXPECT_TRUE(refusal_of(config, {{"memory", {"4"}}}).starts_with("--memory: "));
  EXPECT_EQ(refusal_of(config, {{"restart", {"always"}}, {"restart-delay", {"2s"}}}),
            "file:3: start.restart_max_delay: --restart-max-delay is shorter than the delay before the first "
            "restart");
}

}  // namespace
}  // namespace jobctl
