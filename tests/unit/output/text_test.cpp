#include "output/text.hpp"

#include <gmock/gmock.h>

#include "util/display.hpp"
#include "util/text.hpp"

namespace jobctl {
namespace {

std::string text_of(const Table& table, size_t width = 0, bool colored = false) {
  return to_text(table, Style{.colored = colored, .width = width, .home = ""});
}

TEST(Text, AlignsColumnsTwoSpacesApart) {
  const Table table = {.columns = {{"NAME"}, {"PID", Align::right}, {"LOG"}},
                       .rows = {{std::string("nightly"), int64_t{5}, Path{"/x"}},
                                {std::string("a"), int64_t{39832}, Path{"/a/longer/path"}}}};
  EXPECT_EQ(text_of(table),
            "NAME       PID  LOG\n"
            "nightly      5  /x\n"
            "a        39832  /a/longer/path\n");
}

TEST(Text, LeavesNoSpacesAtTheEndOfALine) {
  const Table table = {.columns = {{"A"}, {"LONG HEADER"}}, .rows = {{std::string("x"), std::string("")}}};
  EXPECT_EQ(text_of(table), "A  LONG HEADER\nx\n");
}

TEST(Text, AnEmptyCellKeepsItsPlace) {
  const Table table = {.columns = {{"A"}, {"B", Align::right}, {"C"}},
                       .rows = {{std::string("x"), std::string(""), std::string("y")},
                                {std::string(""), int64_t{5}, std::string("")}}};
  EXPECT_EQ(text_of(table), "A  B  C\nx     y\n   5\n");
}

TEST(Text, PrintsTheHeaderOfAnEmptyTable) {
  EXPECT_EQ(text_of({.columns = {{"A"}, {"B", Align::right}}, .rows = {}}), "A  B\n");
}

TEST(Text, ColorsTheCellAndNotItsPadding) {
  const Table table = {.columns = {{"STATE"}, {"X"}},
                       .rows = {{Colored{"ok", Color::green}, std::string("y")}}};
  EXPECT_EQ(text_of(table, 0, true), "STATE  X\n\x1b[32mok\x1b[0m     y\n");
  EXPECT_EQ(text_of(table, 0, false), "STATE  X\nok     y\n");
}

TEST(Text, CountsColumnsOfTheTerminalNotBytes) {
  const Table table = {.columns = {{"NAME"}, {"X"}},
                       .rows = {{std::string("\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"), std::string("a")},
                                {std::string("caf\xc3\xa9"), std::string("b")}}};
  EXPECT_EQ(text_of(table),
            "NAME    X\n"
            "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e  a\n"
            "caf\xc3\xa9    b\n");
}

TEST(Text, NoNameBreaksLinesOrMovesTheTerminal) {
  const Table table = {.columns = {{"NAME"}, {"X"}},
                       .rows = {{std::string("a\nkilled  b\x1b[2J\xff"), std::string("y")}}};
  EXPECT_EQ(text_of(table),
            "NAME                     X\n"
            "a\\nkilled  b\\x1b[2J\\xff  y\n");
}

// 7 + 36 + 8 columns and two gaps: 55.
Table wide_table() {
  return {.columns = {{"NAME"}, {"UUID"}, {"LOG"}},
          .rows = {{std::string("nightly"), Uuid{"82d00a5b-5ed5-4cfd-9a75-a87e4f420b27"}, Path{"/var/log"}}},
          .concessions = {{Concession::shorten, 1}, {Concession::drop, 2}, {Concession::cut, 0}}};
}

TEST(Text, ConcedesNothingWhereEverythingFits) {
  const std::string whole =
      "NAME     UUID                                  LOG\n"
      "nightly  82d00a5b-5ed5-4cfd-9a75-a87e4f420b27  /var/log\n";
  EXPECT_EQ(text_of(wide_table(), 0), whole);
  EXPECT_EQ(text_of(wide_table(), 55), whole);
}

TEST(Text, ConcedesInOrderAndNoMoreThanNeeded) {
  EXPECT_EQ(text_of(wide_table(), 54), "NAME     UUID      LOG\nnightly  82d00a5b  /var/log\n");
  EXPECT_EQ(text_of(wide_table(), 27), "NAME     UUID      LOG\nnightly  82d00a5b  /var/log\n");
  EXPECT_EQ(text_of(wide_table(), 26), "NAME     UUID\nnightly  82d00a5b\n");
  EXPECT_EQ(text_of(wide_table(), 17), "NAME     UUID\nnightly  82d00a5b\n");
}

TEST(Text, TheSameUuidInSeveralRowsIsAsShort) {
  Table table = wide_table();
  table.rows.push_back(table.rows.front());
  EXPECT_EQ(text_of(table, 54),
            "NAME     UUID      LOG\nnightly  82d00a5b  /var/log\nnightly  82d00a5b  /var/log\n");
}

TEST(Text, CutsLongCellsByAsMuchAsNeeded) {
  const Table table = {
      .columns = {{"NAME"}, {"X"}},
      .rows = {{std::string("a very long name"), std::string("x")}, {std::string("short"), Nothing{}}},
      .concessions = {{Concession::cut, 0}}};
  EXPECT_EQ(text_of(table, 15),
            "NAME          X\n"
            "a very long…  x\n"
            "short         -\n");
}

TEST(Text, CutsNoColumnUntilNothingIsLeftOfIt) {
  const Table table = {.columns = {{"NAME"}, {"X"}},
                       .rows = {{std::string("a very long name"), std::string("xxxxxxxxxx")}},
                       .concessions = {{Concession::cut, 0}}};
  EXPECT_EQ(text_of(table, 13), "NAME      X\na very …  xx…\n");
}

TEST(Text, NeverWraps) {
  Table table = wide_table();
  table.rows.push_back(
      {std::string("\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"), Uuid{"x"},
       Nothing{}});
  for (size_t width = 1; width < 60; width++)
    for (const std::string& line : split(text_of(table, width), '\n'))
      EXPECT_LE(display_width(line), width) << line;
}

TEST(Text, ATableWithoutConcessionsIsNotFitted) {
  Table table = wide_table();
  table.concessions.clear();
  EXPECT_EQ(text_of(table, 10), text_of(table, 0));
}

}  // namespace
}  // namespace jobctl
