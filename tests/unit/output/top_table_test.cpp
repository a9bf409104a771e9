#include "output/top_table.hpp"

#include <sstream>

#include <gmock/gmock.h>

#include "output/text.hpp"
#include "unit/output/jobs.hpp"
#include "util/display.hpp"

namespace jobctl {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using testing::ElementsAre;

const Time later = test::start + hours(1);

TopRow row(const std::string& name, double cpu, uint64_t memory, Duration age = seconds(0)) {
  static int number = 0;
  char uuid[40];
  snprintf(uuid, sizeof uuid, "%08d-5ed5-4cfd-9a75-a87e4f420b27", ++number);
  TopRow row{test::running_job(uuid, name), {cpu, {}, {}, {}}};
  row.job.current.started_at = test::start + age;
  row.job.usage.emplace();
  row.job.usage->memory = memory;
  row.job.usage->tasks = 3;
  return row;
}

std::vector<std::string> names(const std::vector<const TopRow*>& rows) {
  std::vector<std::string> names;
  for (const TopRow* one : rows) names.push_back(one->job.spec.name);
  return names;
}

std::string text_of(const std::vector<TopRow>& rows, const std::optional<TopOrder>& marked, size_t width) {
  return to_text(top_table(sorted(rows, marked.value_or(TopOrder()), later), marked, later),
                 Style{.colored = false, .width = width, .home = ""});
}

TEST(TopOrder, NumbersFromTheGreatestTextFromA) {
  const std::vector<TopRow> rows = {row("b", 10, 300), row("a", 30, 100, seconds(9)),
                                    row("c", 20, 200, seconds(5))};
  EXPECT_THAT(names(sorted(rows, {TopColumn::cpu}, later)), ElementsAre("a", "c", "b"));
  EXPECT_THAT(names(sorted(rows, {TopColumn::memory}, later)), ElementsAre("b", "c", "a"));
  EXPECT_THAT(names(sorted(rows, {TopColumn::name}, later)), ElementsAre("a", "b", "c"));
  EXPECT_THAT(names(sorted(rows, {TopColumn::uuid}, later)), ElementsAre("b", "a", "c"));
  EXPECT_THAT(names(sorted(rows, {TopColumn::runtime}, later)), ElementsAre("b", "c", "a"));
  EXPECT_THAT(names(sorted(rows, {TopColumn::name, true}, later)), ElementsAre("c", "b", "a"));
  EXPECT_THAT(names(sorted(rows, {TopColumn::cpu, true}, later)), ElementsAre("b", "c", "a"));
}

TEST(TopOrder, EqualsStayInTheOrderOfTheirNames) {
  const std::vector<TopRow> rows = {row("b", 1, 1), row("c", 1, 1), row("a", 1, 1)};
  for (const bool reversed : {false, true})
    EXPECT_THAT(names(sorted(rows, {TopColumn::cpu, reversed}, later)), ElementsAre("a", "b", "c"));
}

TEST(TopOrder, WhatIsUnknownIsLeast) {
  std::vector<TopRow> rows = {row("unknown", 0, 0), row("nothing", 0, 0), row("much", 0, 0)};
  rows[1].load = {0, 0, 0, 0};
  rows[2].load = {0, 7, 8, 9};
  for (const TopColumn column : {TopColumn::read, TopColumn::written, TopColumn::net})
    EXPECT_THAT(names(sorted(rows, {column}, later)), ElementsAre("much", "nothing", "unknown"));
  rows[0].job.usage.reset();
  for (const TopColumn column : {TopColumn::memory, TopColumn::tasks})
    EXPECT_EQ(names(sorted(rows, {column}, later)).back(), "unknown");
}

TEST(TopOrder, AnyColumnCanGiveIt) {
  const std::vector<TopRow> rows = {row("a", 1, 1), row("b", 2, 2)};
  for (size_t column = 0; column < top_columns; ++column)
    EXPECT_EQ(sorted(rows, {static_cast<TopColumn>(column)}, later).size(), 2U);
}

TEST(TopTable, ShowsWhatJobsUse) {
  TopRow busy = row("nightly", 123.4, 1ULL << 30);
  busy.job.spec.uuid = "82d00a5b-5ed5-4cfd-9a75-a87e4f420b27";
  busy.job.usage->memory_peak = 3ULL << 30;
  busy.load = {123.4, 2048, 0, 5};
  busy.job.current.ports = {{"", 8501}};
  EXPECT_EQ(text_of({busy}, std::nullopt, 0),
            "NAME     UUID                                  STATE    CPU%  MEM  PEAK  READ/s  WRITE/s  NET/s "
            " TASKS   "
            "RUNTIME  PORTS\n"
            "nightly  82d00a5b-5ed5-4cfd-9a75-a87e4f420b27  running   123   1G    3G      2K       0B     5B "
            "     3  "
            "01:00:00  (8501)\n");
  busy.job.usage.reset();
  EXPECT_THAT(
      text_of({busy}, std::nullopt, 0),
      testing::EndsWith("running     -    -     -       -        -      -      -  01:00:00  (8501)\n"));
}

TEST(TopTable, FitsAnyTerminalAndKeepsTheColumnThatGivesTheOrder) {
  std::vector<TopRow> rows = {row("a name that is rather long for a column", 12.3, 1 << 20)};
  rows[0].job.state = State::unhealthy;
  for (const size_t width : {200, 80, 60, 40, 20})
    for (size_t column = 0; column < top_columns; ++column) {
      const TopOrder order{static_cast<TopColumn>(column)};
      std::istringstream text(text_of(rows, order, width));
      for (std::string line; std::getline(text, line);) EXPECT_LE(display_width(line), width) << line;
    }
  EXPECT_THAT(text_of(rows, TopOrder{TopColumn::peak}, 80), testing::HasSubstr(" PEAK↓ "));
  EXPECT_THAT(text_of(rows, TopOrder{TopColumn::cpu, true}, 80), testing::HasSubstr(" CPU%↑ "));
  EXPECT_THAT(text_of(rows, TopOrder{TopColumn::cpu}, 80), testing::Not(testing::HasSubstr("PEAK")));
}

TEST(TopSummary, AddsUp) {
  std::vector<TopRow> rows = {row("a", 60.3, 1 << 20), row("b", 60.4, 1 << 20)};
  rows[1].job.state = State::paused;
  EXPECT_EQ(top_summary(rows), "2 jobs, 1 running; CPU 121 %, memory 2 MiB");
  EXPECT_EQ(top_summary({}), "0 jobs, 0 running; CPU 0 %, memory 0 B");
}

}  // namespace
}  // namespace jobctl
