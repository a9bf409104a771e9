#include "job/spec.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "util/number.hpp"
#include "util/text.hpp"
#include "util/utf8.hpp"

namespace jobctl {
namespace {

constexpr std::string_view unit_prefix = "jobctl-";
constexpr size_t uuid_length = 36;

// Names of units may have 255 bytes, and so may file names. systemd puts links beside a unit that are up to
// 29 bytes longer (.#invocation:UNIT and 16 random digits in /run/systemd/units), and without them the
// journal doesn't know the run.
constexpr size_t longest_unit_name = 220;

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

bool is_plain(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == ':' || c == '_' || c == '.';
}

std::string to_hex64(uint64_t value) {
  std::string text;
  for (int shift = 56; shift >= 0; shift -= 8) text += to_hex(static_cast<unsigned char>(value >> shift));
  return text;
}

// \xNN for every byte but the plain ones and those in `keep`, and no more than `limit` bytes of it. Unlike
// systemd's unit_name_escape() this turns '/' into \x2f, so different texts stay different and "a//b" is a
// valid slice. Characters are cut off whole: systemd shows the unescaped names of slices, and a single one
// that isn't UTF-8 keeps it from listing any unit (org.freedesktop.systemd1, ListUnits: EINVAL).
std::string escape(std::string_view text, std::string_view keep, size_t limit) {
  std::string escaped;
  while (!text.empty()) {
    const std::string_view character = text.substr(0, std::max<size_t>(first_utf8(text).size, 1));
    std::string token;
    for (const char c : character) {
      const bool unchanged = is_plain(c) || keep.find(c) != std::string_view::npos;
      token += unchanged ? std::string(1, c) : "\\x" + to_hex(static_cast<unsigned char>(c));
    }
    if (escaped.size() + token.size() > limit) break;
    escaped += token;
    text.remove_prefix(character.size());
  }
  return escaped;
}

// What escape() with '-' kept was made from; nullopt for text that it can't have made.
std::optional<std::string> unescape(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      if (!is_plain(text[i]) && text[i] != '-') return std::nullopt;
      plain += text[i];
      continue;
    }
    const auto byte = text.substr(i, 2) == "\\x" ? parse_hex(text.substr(i + 2, 2)) : std::nullopt;
    if (!byte) return std::nullopt;
    plain += *byte;
    i += 3;
  }
  return plain;
}

// FNV-1a, 64 bits: tells apart the names that are cut, and is the same on every machine.
uint64_t hash(std::string_view text, uint64_t value = 0xcbf29ce484222325) {
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return value;
}

struct UnitParts {
  std::string type;
  std::string uuid;
};

// jobctl-<type>-<uuid>.service or .scope.
std::optional<UnitParts> parse_unit(std::string_view unit) {
  if (!unit.starts_with(unit_prefix)) return std::nullopt;
  if (!unit.ends_with(".service") && !unit.ends_with(".scope")) return std::nullopt;
  const std::string_view body = unit.substr(unit_prefix.size(), unit.rfind('.') - unit_prefix.size());
  if (body.size() <= uuid_length || body[body.size() - uuid_length - 1] != '-') return std::nullopt;
  std::string uuid(body.substr(body.size() - uuid_length));
  const auto type = unescape(body.substr(0, body.size() - uuid_length - 1));
  if (!type || !is_uuid(uuid)) return std::nullopt;
  return UnitParts{*type, std::move(uuid)};
}

}  // namespace

std::string default_name(const std::string& type, const std::string& uuid) {
  return type + "-" + uuid.substr(0, 8);
}

std::string default_type(const Argv& command) {
  std::string_view path = command.empty() ? std::string_view() : command[0];
  while (path.ends_with('/')) path.remove_suffix(1);
  path = path.substr(path.rfind('/') + 1);  // npos + 1 is 0
  // The type names the directory of the logs.
  return path.empty() || path == "." || path == ".." ? "job" : std::string(path);
}

std::string unit_name(const std::string& type, const std::string& uuid, bool scope) {
  const std::string suffix = "-" + uuid + (scope ? ".scope" : ".service");
  const size_t room = longest_unit_name - unit_prefix.size() - suffix.size();
  return std::string(unit_prefix) + escape(type, "-", room) + suffix;
}

std::string slice_name(const std::string& session) {
  if (session.empty()) return "jobctl.slice";
  constexpr std::string_view suffix = ".slice";
  constexpr size_t room = longest_unit_name - unit_prefix.size() - suffix.size();
  std::string body = escape(session, "", std::string::npos);
  if (body.size() > room) body = escape(session, "", room - 17) + "_" + to_hex64(hash(session));
  return std::string(unit_prefix) + body + std::string(suffix);
}

std::optional<std::string> uuid_of_unit(const std::string& unit) {
  const auto parts = parse_unit(unit);
  return parts ? std::optional(parts->uuid) : std::nullopt;
}

std::string type_of_unit(const std::string& unit) {
  const auto parts = parse_unit(unit);
  return parts ? parts->type : "";
}

std::optional<std::string> uuid_of_cgroup(const std::string& cgroup) {
  std::optional<std::string> uuid;
  for (const std::string& part : split(cgroup, '/'))
    if (auto found = uuid_of_unit(part)) uuid = std::move(found);
  return uuid;
}

bool is_uuid(const std::string& text) {
  if (text.size() != uuid_length) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !is_hex(text[i])) return false;
  }
  return true;
}

std::string uuid_of(std::string_view text) {
  const uint64_t first = hash(text), second = hash(text, first);
  std::string hex = to_hex64(first) + to_hex64(second);
  hex[12] = '8';  // the version
  hex[16] = "89ab"[second >> 60 & 3];
  for (const size_t dash : {8, 13, 18, 23}) hex.insert(dash, 1, '-');
  return hex;
}

}  // namespace jobctl
