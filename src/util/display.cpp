#include "util/display.hpp"

#include <algorithm>
#include <cstdio>

#include "util/utf8.hpp"

namespace jobctl {

namespace {

struct Range {
  char32_t first, last;
};

// Control characters (C0, DEL, C1), separators of lines, and format characters: invisible, or changing the
// direction of what follows ("Trojan Source").
constexpr Range unsafe[] = {
    {0x00, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},       {0x61c, 0x61c},
    {0x180e, 0x180e}, {0x200b, 0x200f}, {0x2028, 0x202e},   {0x2060, 0x206f},
    {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f},
};

// The blocks of combining marks, Unicode 14. A letter among them would break columns, so no others.
constexpr Range zero_width[] = {
    {0x300, 0x36f},   {0x483, 0x489},   {0x591, 0x5bd},     {0x610, 0x61a},
    {0x64b, 0x65f},   {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff},   {0x20d0, 0x20ff},
    {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xe0100, 0xe01ef},
};

// East_Asian_Width W and F of Unicode 14; small gaps between ranges of emoji are closed.
constexpr Range wide[] = {
    {0x1100, 0x115f},   {0x231a, 0x231b},   {0x2329, 0x232a},   {0x23e9, 0x23ec},   {0x23f0, 0x23f0},
    {0x23f3, 0x23f3},   {0x25fd, 0x25fe},   {0x2614, 0x2615},   {0x2648, 0x2653},   {0x267f, 0x267f},
    {0x2693, 0x2693},   {0x26a1, 0x26a1},   {0x26aa, 0x26ab},   {0x26bd, 0x26be},   {0x26c4, 0x26c5},
    {0x26ce, 0x26ce},   {0x26d4, 0x26d4},   {0x26ea, 0x26ea},   {0x26f2, 0x26f3},   {0x26f5, 0x26f5},
    {0x26fa, 0x26fa},   {0x26fd, 0x26fd},   {0x2705, 0x2705},   {0x270a, 0x270b},   {0x2728, 0x2728},
    {0x274c, 0x274c},   {0x274e, 0x274e},   {0x2753, 0x2755},   {0x2757, 0x2757},   {0x2795, 0x2797},
    {0x27b0, 0x27b0},   {0x27bf, 0x27bf},   {0x2b1b, 0x2b1c},   {0x2b50, 0x2b50},   {0x2b55, 0x2b55},
    {0x2e80, 0x303e},   {0x3041, 0x3247},   {0x3250, 0x4dbf},   {0x4e00, 0xa4cf},   {0xa960, 0xa97f},
    {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe10, 0xfe1f},   {0xfe30, 0xfe6f},   {0xff01, 0xff60},
    {0xffe0, 0xffe6},   {0x16fe0, 0x1b2ff}, {0x1f004, 0x1f004}, {0x1f0cf, 0x1f0cf}, {0x1f18e, 0x1f18e},
    {0x1f191, 0x1f19a}, {0x1f200, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f7e0, 0x1f7ff}, {0x1f900, 0x1faff},
    {0x20000, 0x3fffd},
};

template <size_t size>
bool contains(const Range (&ranges)[size], char32_t code) {
  const auto after = std::upper_bound(std::begin(ranges), std::end(ranges), code,
                                      [](char32_t value, const Range& range) { return value < range.first; });
  return after != std::begin(ranges) && code <= std::prev(after)->last;
}

size_t width_of(char32_t code) {
  if (code < 0x300) return 1;
  if (contains(zero_width, code)) return 0;
  return contains(wide, code) ? 2 : 1;
}

// Without a branch, so that the compiler looks at many bytes at once: nearly all text is.
bool is_plain_ascii(std::string_view text) {
  bool plain = true;
  for (const char c : text) plain &= c >= 0x20 && c < 0x7f;
  return plain;
}

void append_escape(std::string& out, char32_t code) {
  char text[16];
  if (code == '\n')
    snprintf(text, sizeof text, "\\n");
  else if (code == '\t')
    snprintf(text, sizeof text, "\\t");
  else if (code == '\r')
    snprintf(text, sizeof text, "\\r");
  else
    snprintf(text, sizeof text, code < 0x80 ? "\\x%02x" : "\\u%04x", static_cast<unsigned>(code));
  out += text;
}

void append_byte(std::string& out, char c) {
  char text[8];
  snprintf(text, sizeof text, "\\x%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
  out += text;
}

}  // namespace

std::string visible(std::string text) {
  if (is_plain_ascii(text)) return text;
  std::string line;
  for (std::string_view rest = text; !rest.empty();) {
    const Utf8Char first = first_utf8(rest);
    if (first.size == 0)
      append_byte(line, rest[0]);
    else if (contains(unsafe, first.code))
      append_escape(line, first.code);
    else
      line += rest.substr(0, first.size);
    rest.remove_prefix(std::max<size_t>(first.size, 1));
  }
  return line;
}

size_t display_width(std::string_view text) {
  if (is_plain_ascii(text)) return text.size();
  size_t width = 0;
  while (!text.empty()) {
    const Utf8Char first = first_utf8(text);
    width += width_of(first.code);
    text.remove_prefix(std::max<size_t>(first.size, 1));
  }
  return width;
}

std::string cut_to_width(std::string_view text, size_t width) {
  if (display_width(text) <= width) return std::string(text);
  if (width == 0) return {};
  size_t end = 0;
  for (size_t used = 0; end < text.size();) {
    const Utf8Char next = first_utf8(text.substr(end));
    used += width_of(next.code);
    if (used > width - 1) break;
    end += std::max<size_t>(next.size, 1);
  }
  return std::string(text.substr(0, end)) + "…";
}

}  // namespace jobctl
