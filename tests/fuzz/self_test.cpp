// That the driver tells of a target that breaks: this one does, at two tokens in a row.
#include <string_view>

#include "fuzz/target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  require(text.find("onetwo") == std::string_view::npos, "no two tokens in a row");
  return 0;
}

const std::vector<std::string>& fuzz_seeds() {
  static const std::vector<std::string> seeds = {"", "text"};
  return seeds;
}

const std::vector<std::string>& fuzz_tokens() {
  static const std::vector<std::string> tokens = {"one", "two"};
  return tokens;
}
