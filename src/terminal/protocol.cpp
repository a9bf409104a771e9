#include "terminal/protocol.hpp"

#include <algorithm>

#include "util/number.hpp"

namespace jobctl {

namespace {

constexpr char input_tag = 'i';
constexpr char size_tag = 'w';

std::string little_endian(uint16_t number) {
  return {static_cast<char>(number & 0xff), static_cast<char>(number >> 8)};
}

uint16_t from_little_endian(std::string_view bytes) {
  const auto low = static_cast<unsigned char>(bytes[0]);
  const auto high = static_cast<unsigned char>(bytes[1]);
  return static_cast<uint16_t>(low | high << 8);
}

}  // namespace

std::string to_text(WindowSize size) {
  return std::to_string(size.rows) + "x" + std::to_string(size.columns);
}

std::optional<WindowSize> parse_window_size(std::string_view text) {
  const size_t cross = std::min(text.find('x'), text.size());
  const auto rows = parse_number<uint16_t>(text.substr(0, cross));
  const auto columns = parse_number<uint16_t>(text.substr(std::min(cross + 1, text.size())));
  if (!rows || !columns || *rows == 0 || *columns == 0) return std::nullopt;
  return WindowSize{*rows, *columns};
}

std::vector<std::string> encode_input(std::string_view bytes) {
  std::vector<std::string> packets;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), max_input)))
    packets.push_back(input_tag + std::string(bytes.substr(0, max_input)));
  return packets;
}

std::string encode_size(WindowSize size) {
  return size_tag + little_endian(size.rows) + little_endian(size.columns);
}

std::optional<Message> decode(std::string_view packet) {
  if (packet.empty() || packet.size() > max_packet) return std::nullopt;
  const std::string_view body = packet.substr(1);
  if (packet[0] == input_tag) return Input(body);
  if (packet[0] != size_tag || body.size() != 4) return std::nullopt;
  return WindowSize{from_little_endian(body), from_little_endian(body.substr(2))};
}

}  // namespace jobctl
