#include "output/grid.hpp"

#include <gtest/gtest.h>

namespace jobctl {
namespace {

std::string grid_of(const Table& table) {
  return to_grid(table);
}

TEST(Grid, FramesLeftAlignedCells) {
  const Table table = {.columns = {{"Type"}, {"PID", Align::right}},
                       .rows = {{std::string("Generation"), int64_t{39832}}, {std::string("X"), Nothing{}}}};
  EXPECT_EQ(grid_of(table),
            "+------------+-------+\n"
            "| Type       | PID   |\n"
            "+------------+-------+\n"
            "| Generation | 39832 |\n"
            "| X          | -     |\n"
            "+------------+-------+\n");
}

TEST(Grid, AnEmptyTableIsItsHeader) {
  EXPECT_EQ(grid_of({.columns = {{"Type"}, {"PID"}}, .rows = {}}),
            "+------+-----+\n"
            "| Type | PID |\n"
            "+------+-----+\n");
}

TEST(Grid, NoCellBreaksTheFrame) {
  const Table table = {.columns = {{"A"}, {"B"}},
                       .rows = {{std::string("a\nb\x1b[2K"), Colored{"\xe6\x97\xa5\xff", Color::red}}}};
  EXPECT_EQ(grid_of(table),
            "+-------------+--------+\n"
            "| A           | B      |\n"
            "+-------------+--------+\n"
            "| a\\nb\\x1b[2K | \xe6\x97\xa5\\xff |\n"
            "+-------------+--------+\n");
}

}  // namespace
}  // namespace jobctl
