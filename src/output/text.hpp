// A table as people read it: columns two spaces apart, no frame, fitted to the terminal.
#pragma once

#include <string>

#include "output/style.hpp"
#include "output/table.hpp"

namespace jobctl {

// No line is wider than the style's width where the table makes concessions.
std::string to_text(Table table, const Style& style);

}  // namespace jobctl
