// A table in a frame of ASCII, never fitted:
//   +------------+-------+
//   | Type       | PID   |
//   +------------+-------+
//   | Generation | 39832 |
//   +------------+-------+
#pragma once

#include <string>

#include "output/table.hpp"

namespace jobctl {

std::string to_grid(const Table& table);

}  // namespace jobctl
