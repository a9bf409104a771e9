// Short forms of UUIDs that still name one job.
#pragma once

#include <string>
#include <vector>

namespace jobctl {

// For each of `uuids`, in their order, its shortest prefix of at least `least` characters that no other of
// them begins with. It never ends with '-'. UUIDs that occur twice stay whole.
std::vector<std::string> unique_prefixes(const std::vector<std::string>& uuids, size_t least = 8);

}  // namespace jobctl
