// UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <string_view>

namespace jobctl {

struct Utf8Char {
  char32_t code = 0;
  size_t size = 0;  // in bytes; 0: the text doesn't begin with a valid character
};

// The first character of `text`.
Utf8Char first_utf8(std::string_view text);

}  // namespace jobctl
