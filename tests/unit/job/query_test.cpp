#include "job/query.hpp"

#include <cstdlib>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "util/error.hpp"

namespace jobctl {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::string first = "82d00a5b-5ed5-4cfd-9a75-a87e4f420b27";
const std::string second = "4ccabfa5-604f-49c6-b5c3-730ce328d62a";
const std::string third = "82d00a5b-0000-4cfd-9a75-a87e4f420b27";
const Time noon = parse_time("2026-11-18 12:00", "test");

Job make_job(const std::string& uuid, const std::string& name, State state = State::running) {
  Job job;
  job.spec.uuid = uuid;
  job.spec.name = name;
  job.spec.type = "training";
  job.spec.user = "alice";
  job.state = job.current.state = state;
  job.current.requested_at = noon - std::chrono::hours(3);
  job.current.started_at = job.current.requested_at;
  return job;
}

std::vector<std::string> uuids(const Query& query, const std::vector<Job>& jobs) {
  std::vector<std::string> found;
  for (const Job& job : select(query, jobs, noon)) found.push_back(job.spec.uuid);
  return found;
}

Error error_of(const Query& query, const std::vector<Job>& jobs) {
  try {
    select(query, jobs, noon);
  } catch (const Error& error) {
    return error;
  }
  return Error(Errc::failed, "no error");
}

TEST(MayMean, AJobByItsNameOrTheBeginningOfItsUuid) {
  const Job job = make_job(first, "nightly");
  for (const char* text : {"nightly", "82d0", "82D00A5B-5ed5"}) EXPECT_TRUE(may_mean(text, job)) << text;
  EXPECT_TRUE(may_mean(first, job));
  for (const std::string& text : {std::string(), std::string("82d"), std::string("night"), third})
    EXPECT_FALSE(may_mean(text, job)) << text;
}

TEST(Select, FindsByNameUuidAndPrefix) {
  const std::vector<Job> jobs = {make_job(first, "nightly"), make_job(second, "phi4")};
  EXPECT_THAT(uuids({.names = {"phi4"}}, jobs), ElementsAre(second));
  EXPECT_THAT(uuids({.names = {first}}, jobs), ElementsAre(first));
  EXPECT_THAT(uuids({.names = {"82d0"}}, jobs), ElementsAre(first));
  EXPECT_THAT(uuids({.names = {"4ccabfa5-604f"}}, jobs), ElementsAre(second));
  EXPECT_THAT(uuids({.names = {"82D00A5B"}}, jobs), ElementsAre(first));
}

TEST(Select, KeepsTheOrderOfJobsAndLeavesOutDuplicates) {
  const std::vector<Job> jobs = {make_job(first, "nightly"), make_job(second, "phi4")};
  EXPECT_THAT(uuids({.names = {"phi4", "nightly", "82d0", first}}, jobs), ElementsAre(first, second));
}

TEST(Select, MeansNothingByAnEmptyQuery) {
  EXPECT_THAT(uuids({}, {make_job(first, "nightly")}), IsEmpty());
  EXPECT_THAT(uuids({.any = true}, {make_job(first, "nightly")}), IsEmpty());
}

TEST(Select, WantsNamesExactly) {
  const std::vector<Job> jobs = {make_job(first, "nightly")};
  for (const char* name : {"night", "Nightly", "nightly ", "n*", "", "82d", "2d00a5b-",
                           "82d00a5b-5ed5-4cfd-9a75-a87e4f420b28"}) {
    const Error error = error_of({.names = {name}}, jobs);
    EXPECT_EQ(error.code, Errc::no_such_job) << name;
    EXPECT_EQ(error.what(), std::string("no job named ") + name);
    EXPECT_EQ(error.hint, "jobctl list -a shows all");
  }
}

TEST(Select, ListsTheCandidatesOfAnAmbiguousName) {
  std::vector<Job> jobs = {make_job(first, "nightly"), make_job(second, "nightly", State::failed),
                           make_job("aaaaaaaa-0000-4000-8000-000000000000", "nightly", State::killed)};
  jobs[1].current.reason = "3";
  jobs[1].current.ended_at = noon - std::chrono::hours(20);
  jobs[2].current.ended_at = noon - std::chrono::hours(72);
  const Error error = error_of({.names = {"nightly"}}, jobs);
  EXPECT_EQ(error.code, Errc::ambiguous);
  EXPECT_STREQ(error.what(),
               "nightly is three jobs; name one by UUID:\n"
               "  82d00a5b  running     since 09:00\n"
               "  4ccabfa5  failed (3)  yesterday\n"
               "  aaaaaaaa  killed      2026-11-15");
}

TEST(Select, ShowsPrefixesThatAreUniqueAmongAllJobs) {
  const std::vector<Job> jobs = {make_job(first, "a"), make_job(second, "a"), make_job(third, "b")};
  const std::string message = error_of({.names = {"a"}}, jobs).what();
  EXPECT_NE(message.find("\n  82d00a5b-5  "), std::string::npos) << message;
  EXPECT_NE(message.find("\n  4ccabfa5    "), std::string::npos) << message;
  EXPECT_THAT(uuids({.names = {"82d00a5b-5"}}, jobs), ElementsAre(first));
}

TEST(Select, IsAmbiguousEvenIfOnlyOneOfThemIsActive) {
  const std::vector<Job> jobs = {make_job(first, "nightly", State::killed), make_job(second, "nightly")};
  EXPECT_EQ(error_of({.names = {"nightly"}}, jobs).code, Errc::ambiguous);
}

TEST(Select, CountsNamesAndPrefixesTogether) {
  const std::vector<Job> jobs = {make_job(first, "4cca"), make_job(second, "phi4")};
  EXPECT_EQ(error_of({.names = {"4cca"}}, jobs).code, Errc::ambiguous);
  EXPECT_EQ(error_of({.names = {"82d0"}}, {make_job(first, "a"), make_job(third, "b")}).code,
            Errc::ambiguous);
}

TEST(Select, CountsAJobOnceThatIsNamedLikeItsOwnPrefix) {
  EXPECT_THAT(uuids({.names = {"82d0"}}, {make_job(first, "82d0")}), ElementsAre(first));
}

TEST(Select, PrefersAWholeUuidToAName) {
  const std::vector<Job> jobs = {make_job(second, first), make_job(first, "nightly")};
  EXPECT_THAT(uuids({.names = {first}}, jobs), ElementsAre(first));
}

TEST(Select, WantsNamedJobsToPassTheFilters) {
  const std::vector<Job> jobs = {make_job(first, "nightly"), make_job(second, "phi4", State::done)};
  EXPECT_THAT(uuids({.names = {"nightly", "phi4"}, .states = {State::done}}, jobs), ElementsAre(second));
  EXPECT_THAT(uuids({.names = {"nightly"}, .types = {"x"}}, jobs), IsEmpty());
  EXPECT_EQ(error_of({.names = {"nope"}, .states = {State::done}}, jobs).code, Errc::no_such_job);
}

TEST(Select, LetsFiltersDecideBetweenSameNames) {
  const std::vector<Job> jobs = {make_job(first, "nightly", State::killed), make_job(second, "nightly")};
  EXPECT_THAT(uuids({.names = {"nightly"}, .states = {State::running}}, jobs), ElementsAre(second));
}

TEST(Select, OrsEverythingWithAny) {
  const std::vector<Job> jobs = {make_job(first, "nightly"), make_job(second, "phi4", State::done),
                                 make_job(third, "other", State::failed)};
  EXPECT_THAT(uuids({.names = {"nightly"}, .states = {State::done}, .any = true}, jobs),
              ElementsAre(first, second));
}

TEST(Select, FiltersMayMatchNothing) {
  EXPECT_THAT(uuids({.sessions = {"nope"}}, {make_job(first, "nightly")}), IsEmpty());
  EXPECT_THAT(uuids({.sessions = {"nope"}}, {}), IsEmpty());
}

TEST(Select, SurvivesRandomWords) {
  std::mt19937 random(7);
  const std::vector<Job> jobs = {make_job(first, "nightly"), make_job(second, "phi4"), make_job(third, "[")};
  for (int i = 0; i < 20000; ++i) {
    std::string word(random() % 12, '\0');
    for (char& c : word) c = static_cast<char>(random() % 3 == 0 ? random() : "82d0*[]?\\-"[random() % 10]);
    error_of({.names = {word}}, jobs);
    error_of({.name_globs = {word}, .labels = {{word, word}}}, jobs);
  }
}

TEST(MatchesFilters, OrsValuesAndAndsFilters) {
  const Job job = make_job(first, "nightly");
  EXPECT_TRUE(matches_filters({.types = {"x", "training"}}, job));
  EXPECT_TRUE(matches_filters({.types = {"training"}, .users = {"alice"}}, job));
  EXPECT_FALSE(matches_filters({.types = {"training"}, .users = {"bob"}}, job));
  EXPECT_TRUE(matches_filters({.types = {"training"}, .users = {"bob"}, .any = true}, job));
  EXPECT_FALSE(matches_filters({.types = {"x"}, .users = {"bob"}, .any = true}, job));
}

TEST(MatchesFilters, MatchesNothingWithoutFilters) {
  EXPECT_FALSE(matches_filters({}, make_job(first, "nightly")));
  EXPECT_FALSE(matches_filters({.any = true}, make_job(first, "nightly")));
}

TEST(MatchesFilters, TakesGlobsForEveryText) {
  Job job = make_job(first, "nightly");
  job.spec.session = "s1";
  EXPECT_TRUE(matches_filters({.name_globs = {"night*"}}, job));
  EXPECT_TRUE(matches_filters({.types = {"tr?in[a-z]ng"}}, job));
  EXPECT_TRUE(matches_filters({.sessions = {"s[0-9]"}}, job));
  EXPECT_TRUE(matches_filters({.users = {"*"}}, job));
  EXPECT_FALSE(matches_filters({.name_globs = {"night"}}, job));
}

TEST(MatchesFilters, FindsJobsByState) {
  const Job job = make_job(first, "nightly", State::paused);
  EXPECT_TRUE(matches_filters({.states = {State::done, State::paused}}, job));
  EXPECT_FALSE(matches_filters({.states = {State::running}}, job));
}

TEST(MatchesFilters, FindsLabelsByKeyAndValue) {
  Job job = make_job(first, "nightly");
  job.spec.labels = {{"gpu", "a100"}, {"team", ""}};
  EXPECT_TRUE(matches_filters({.labels = {{"gpu", "*"}}}, job));
  EXPECT_TRUE(matches_filters({.labels = {{"g*", "a*"}}}, job));
  EXPECT_TRUE(matches_filters({.labels = {{"team", ""}}}, job));
  EXPECT_FALSE(matches_filters({.labels = {{"gpu", ""}}}, job));
  EXPECT_FALSE(matches_filters({.labels = {{"team", "a100"}}}, job));
  EXPECT_FALSE(matches_filters({.labels = {{"cpu", "*"}}}, job));
}

TEST(Query, KnowsWhetherItIsEmpty) {
  EXPECT_TRUE(Query{}.empty());
  EXPECT_TRUE(Query{.any = true}.empty());
  EXPECT_FALSE(Query{.names = {"a"}}.empty());
  EXPECT_FALSE(Query{.names = {"a"}}.has_filters());
  EXPECT_TRUE((Query{.labels = {{"a", "*"}}}.has_filters()));
}

TEST(Query, CanBeSaidInWords) {
  EXPECT_EQ(in_words({}), "");
  EXPECT_EQ(in_words({.sessions = {"nope"}}), "in session nope");
  EXPECT_EQ(in_words({.names = {"a"}, .types = {"x", "y"}, .states = {State::done, State::lost}}),
            "named a of type x or y in state done or lost");
  EXPECT_EQ(in_words({.users = {"bob"}, .labels = {{"gpu", "*"}, {"team", "a"}}, .any = true}),
            "of user bob or with label gpu or team=a");
}

}  // namespace
}  // namespace jobctl
