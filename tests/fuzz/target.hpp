// What a fuzzer is made of: libFuzzer's entry point, and what the driver here begins with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

// Inputs that are worth changing, and pieces that are worth putting into others.
const std::vector<std::string>& fuzz_seeds();
const std::vector<std::string>& fuzz_tokens();

// What must hold for every input.
inline void require(bool holds, const char* what) {
  if (holds) return;
  fprintf(stderr, "broken: %s\n", what);
  abort();
}
