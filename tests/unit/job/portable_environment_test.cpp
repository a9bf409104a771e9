#include "job/portable_environment.hpp"

#include <gmock/gmock.h>

namespace jobctl {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

bool anything(std::string_view) {
  return true;
}

JobSpec with(std::vector<std::string> environment) {
  JobSpec spec;
  spec.environment = std::move(environment);
  return spec;
}

TEST(PortableEnvironment, KeepsWhatMattersElsewhere) {
  const auto chosen =
      choose_environment(with({"PATH=/venv/bin:/bin", "HOME=/home/a", "VIRTUAL_ENV=/venv", "PWD=/x",
                               "DISPLAY=:0", "HF_TOKEN=x", "SSH_AUTH_SOCK=/s", "LANG=C"}),
                         {"HOME=/home/a", "USER=a"}, false, anything);
  EXPECT_THAT(chosen.kept, ElementsAre("PATH=/venv/bin:/bin", "VIRTUAL_ENV=/venv", "LANG=C"));
  EXPECT_THAT(chosen.callers, ElementsAre("PWD", "DISPLAY", "SSH_AUTH_SOCK"));
  EXPECT_THAT(chosen.secrets, ElementsAre("HF_TOKEN"));
  EXPECT_THAT(chosen.impossible, IsEmpty());
}

TEST(PortableEnvironment, KeepsWhatDiffersFromWhatIsGiven) {
  EXPECT_THAT(choose_environment(with({"HOME=/tmp"}), {"HOME=/home/a"}, false, anything).kept,
              ElementsAre("HOME=/tmp"));
}

TEST(PortableEnvironment, IsAllWhereItIsWanted) {
  const std::vector<std::string> all = {"HOME=/home/a", "PWD=/x", "TOKEN=x"};
  EXPECT_EQ(choose_environment(with(all), {"HOME=/home/a"}, true, anything).kept, all);
}

TEST(PortableEnvironment, OfACleanOneLeavesOutSecretsOnly) {
  JobSpec spec = with({"DISPLAY=:1", "TOKEN=x"});
  spec.clean_environment = true;
  const auto chosen = choose_environment(spec, {}, false, anything);
  EXPECT_THAT(chosen.kept, ElementsAre("DISPLAY=:1"));
  EXPECT_THAT(chosen.secrets, ElementsAre("TOKEN"));
}

TEST(PortableEnvironment, NamesWhatCantBeWritten) {
  const auto has_no_dot = [](std::string_view text) { return text.find('.') == std::string_view::npos; };
  const auto chosen = choose_environment(with({"a.b=c", "d=e"}), {}, true, has_no_dot);
  EXPECT_THAT(chosen.kept, ElementsAre("d=e"));
  EXPECT_THAT(chosen.impossible, ElementsAre("a.b"));
}

TEST(PortableEnvironment, TakesTheFirstOfTwoAsProgramsDo) {
  EXPECT_THAT(choose_environment(with({"A=1", "A=2"}), {}, true, anything).kept, ElementsAre("A=1"));
}

TEST(PortableEnvironment, KnowsSecretsByNameOrValue) {
  for (const char* secret :
       {"OPENAI_API_KEY=x", "GITHUB_TOKEN=x", "PGPASSWORD=x", "aws_secret_access_key=x", "SSH_KEY=x",
        "DATABASE_URL=postgres://u:p@h/d", "PIP_INDEX_URL=https://u:p@h", "BASIC_AUTH=x"})
    EXPECT_TRUE(looks_secret(secret)) << secret;
  for (const char* other : {"PATH=/bin", "KEYBOARD=x", "URL=http://h/a:b@c", "URL=http://u@h", "MONKEY=x",
                            "AUTHOR=x", "PATH=token", "no assignment"})
    EXPECT_FALSE(looks_secret(other)) << other;
}

}  // namespace
}  // namespace jobctl
