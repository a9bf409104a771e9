#include "output/prefix.hpp"

#include <algorithm>
#include <numeric>

namespace jobctl {

namespace {

size_t common_length(const std::string& a, const std::string& b) {
  return static_cast<size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
}

std::string prefix(const std::string& uuid, size_t length) {
  if (length > 0 && length < uuid.size() && uuid[length - 1] == '-') length++;
  return uuid.substr(0, length);
}

}  // namespace

std::vector<std::string> unique_prefixes(const std::vector<std::string>& uuids, size_t least) {
  std::vector<size_t> sorted(uuids.size());
  std::iota(sorted.begin(), sorted.end(), 0);
  std::sort(sorted.begin(), sorted.end(), [&](size_t a, size_t b) { return uuids[a] < uuids[b]; });

  // In sorted order, the one that shares most with a UUID stands next to it.
  std::vector<size_t> lengths(uuids.size(), least);
  for (size_t i = 1; i < sorted.size(); i++) {
    const size_t length = common_length(uuids[sorted[i - 1]], uuids[sorted[i]]) + 1;
    for (const size_t index : {sorted[i - 1], sorted[i]}) lengths[index] = std::max(lengths[index], length);
  }
  std::vector<std::string> prefixes;
  for (size_t i = 0; i < uuids.size(); i++) prefixes.push_back(prefix(uuids[i], lengths[i]));
  return prefixes;
}

}  // namespace jobctl
