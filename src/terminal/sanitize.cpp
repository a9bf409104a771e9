#include "terminal/sanitize.hpp"

#include "util/utf8.hpp"

namespace jobctl {

namespace {

constexpr size_t longest_colour = 64;
constexpr std::string_view replacement = "\xef\xbf\xbd";  // U+FFFD
constexpr size_t more = std::string_view::npos;           // it takes more input to tell

bool is_plain(char byte) {
  return (byte >= 0x20 && byte < 0x7f) || byte == '\n' || byte == '\r' || byte == '\t' || byte == '\b';
}

size_t plain_size(std::string_view text) {
  size_t size = 0;
  while (size < text.size() && is_plain(text[size])) size++;
  return size;
}

// The size of the colour sequence that `text` begins with; 0: there is none.
size_t colour_size(std::string_view text) {
  if (text.size() > 1 && text[1] != '[') return 0;
  const size_t end = text.find_first_not_of("0123456789;:", 2);
  if (text.size() < 2 || end == std::string_view::npos) return text.size() < longest_colour ? more : 0;
  return text[end] == 'm' && end < longest_colour ? end + 1 : 0;
}

// Whether `text` is shorter than the character that its first byte announces, and right so far.
bool is_partial_character(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc0 || text.size() >= size) return false;
  for (const char byte : text.substr(1))
    if ((static_cast<unsigned char>(byte) & 0xc0) != 0x80) return false;
  return true;
}

std::string caret(char control) {
  return {'^', static_cast<char>(control ^ 0x40)};
}

// Puts out the one thing that `text` begins with. Returns how many bytes it was.
size_t put_escape(std::string_view text, bool at_end, std::string& output) {
  const size_t size = colour_size(text);
  if (size == more && !at_end) return more;
  const bool colour = size != 0 && size != more;
  output += colour ? text.substr(0, size) : caret(text[0]);
  return colour ? size : 1;
}

size_t put_character(std::string_view text, bool at_end, std::string& output) {
  if (!at_end && is_partial_character(text)) return more;
  const Utf8Char character = first_utf8(text);
  const bool shown = character.code >= 0xa0;
  output += shown ? text.substr(0, character.size) : replacement;
  return character.size == 0 ? 1 : character.size;
}

size_t put_one(std::string_view text, bool at_end, std::string& output) {
  const size_t plain = plain_size(text);
  output += text.substr(0, plain);
  if (plain > 0) return plain;
  if (text[0] == '\x1b') return put_escape(text, at_end, output);
  if (static_cast<unsigned char>(text[0]) >= 0x80) return put_character(text, at_end, output);
  output += caret(text[0]);
  return 1;
}

}  // namespace

void Sanitizer::feed(std::string_view input, std::string& output) {
  held_ += input;
  put(false, output);
}

void Sanitizer::finish(std::string& output) {
  put(true, output);
}

void Sanitizer::put(bool at_end, std::string& output) {
  size_t done = 0;
  while (done < held_.size()) {
    const size_t size = put_one(std::string_view(held_).substr(done), at_end, output);
    if (size == more) break;
    done += size;
  }
  held_.erase(0, done);
}

}  // namespace jobctl
