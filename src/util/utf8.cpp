#include "util/utf8.hpp"

namespace jobctl {

namespace {

struct Lead {
  size_t size;       // of the sequence that the first byte announces; 0: not a first byte
  char32_t bits;     // of the code point
  char32_t minimum;  // below it the form is overlong
};

Lead parse_lead(unsigned char byte) {
  if (byte < 0x80) return {1, byte, 0};
  if ((byte & 0xe0) == 0xc0) return {2, byte & 0x1fU, 0x80};
  if ((byte & 0xf0) == 0xe0) return {3, byte & 0x0fU, 0x800};
  if ((byte & 0xf8) == 0xf0) return {4, byte & 0x07U, 0x10000};
  return {0, 0, 0};
}

}  // namespace

Utf8Char first_utf8(std::string_view text) {
  if (text.empty()) return {};
  const Lead lead = parse_lead(static_cast<unsigned char>(text[0]));
  if (lead.size == 0 || lead.size > text.size()) return {};
  char32_t code = lead.bits;
  for (size_t i = 1; i < lead.size; i++) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xc0) != 0x80) return {};
    code = (code << 6) | (byte & 0x3fU);
  }
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  if (code < lead.minimum || code > 0x10ffff || surrogate) return {};
  return {code, lead.size};
}

}  // namespace jobctl
