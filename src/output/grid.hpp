// A table in a frame of ASCII, never fitted:
//   +------------+-------+
//   | Type       | PID   |
//   +------------+-------+
//   | Generation | 39832 |
//   +------------+-------+
#pragma once

#include <ostream>

#include "output/table.hpp"

namespace jobctl {

void print_grid(std::ostream& out, const Table& table);

}  // namespace jobctl
