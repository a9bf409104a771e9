// Which of the strays belong together.
#pragma once

#include <vector>

#include "proc/strays.hpp"

namespace jobctl {

// Whoever started the others first.
using StrayFamily = std::vector<Stray>;

// Each stray is of one family; those that have a main process come before those where only siblings are left.
std::vector<StrayFamily> families_of(const std::vector<Stray>& strays);

// Whether the first is the main process, and not only one of several that it has left.
bool has_main(const StrayFamily& family);

}  // namespace jobctl
