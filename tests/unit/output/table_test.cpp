#include "output/table.hpp"

#include <gtest/gtest.h>

namespace jobctl {
namespace {

const Style people = {.colored = true, .width = 80, .home = "/home/alice"};
const Style programs;

TEST(Cell, IsSpelledByItsType) {
  EXPECT_EQ(cell_text(Nothing{}, people), "-");
  EXPECT_EQ(cell_text(std::string("nightly"), people), "nightly");
  EXPECT_EQ(cell_text(Colored{"running", Color::green}, people), "running");
  EXPECT_EQ(cell_text(Uuid{"82d00a5b"}, people), "82d00a5b");
  EXPECT_EQ(cell_text(int64_t{-5}, people), "-5");
  EXPECT_EQ(cell_text(Duration(std::chrono::hours(100)), people), "100:00:00");
}

TEST(Cell, APathIsShortForPeopleOnly) {
  EXPECT_EQ(cell_text(Path{"/home/alice/x.log"}, people), "~/x.log");
  EXPECT_EQ(cell_text(Path{"/home/alice/x.log"}, programs), "/home/alice/x.log");
}

TEST(Cell, NoKindLetsEscapeSequencesOut) {
  const std::string evil = "a\x1b[2J\nb";
  for (const Cell& cell : {Cell(evil), Cell(Colored{evil, Color::red}), Cell(Path{evil}), Cell(Uuid{evil})})
    EXPECT_EQ(cell_text(cell, people), "a\\x1b[2J\\nb");
}

TEST(Cell, OnlyColoredCellsHaveAColor) {
  EXPECT_EQ(cell_color(Colored{"x", Color::red}), Color::red);
  EXPECT_EQ(cell_color(std::string("x")), Color::none);
  EXPECT_EQ(cell_color(Nothing{}), Color::none);
}

}  // namespace
}  // namespace jobctl
