// Reading the small files of /proc and cgroupfs, which may be gone at any moment.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace jobctl {

// At most `limit` bytes of a file; nullopt where it can't be read (what it told about is gone, or hidden from
// us).
std::optional<std::string> read_small_file(const std::string& path, size_t limit = 65536);

// Where a link leads; "" where it can't be read. That of a file which is deleted says so: "/x (deleted)".
std::string read_link(const std::string& path);

// A whole decimal number; a line end after it is allowed. nullopt for anything else, "max" included.
std::optional<uint64_t> file_number(std::string_view text);

// The number after `key` in lines of "key number" (flat keyed files, cgroup-v2.rst).
std::optional<uint64_t> keyed_number(std::string_view text, std::string_view key);

// The first line of `text`, which moves on past it.
std::string_view take_line(std::string_view& text);

}  // namespace jobctl
