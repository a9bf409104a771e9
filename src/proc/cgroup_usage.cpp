#include "proc/cgroup.hpp"
#include "proc/read.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

std::optional<uint64_t> number_in(const std::optional<std::string>& text) {
  return text ? file_number(*text) : std::nullopt;
}

// The number after "key=" among the words of a line.
uint64_t field(std::string_view line, std::string_view key) {
  while (!line.empty()) {
    const size_t end = line.find(' ');
    const std::string_view word = line.substr(0, end);
    line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
    if (word.starts_with(key)) return file_number(word.substr(key.size())).value_or(0);
  }
  return 0;
}

}  // namespace

std::vector<std::string> Cgroup::controllers() const {
  const auto text = read("cgroup.controllers");
  return text ? split(text->substr(0, text->find('\n')), ' ') : std::vector<std::string>();
}

std::optional<uint64_t> Cgroup::cpu_usage_us() const {
  const auto text = read("cpu.stat");
  return text ? keyed_number(*text, "usage_usec") : std::nullopt;
}

std::optional<uint64_t> Cgroup::memory_current() const {
  return number_in(read("memory.current"));
}

std::optional<uint64_t> Cgroup::memory_peak() const {
  return number_in(read("memory.peak"));
}

std::optional<uint64_t> Cgroup::oom_kills() const {
  const auto text = read("memory.events");
  return text ? keyed_number(*text, "oom_kill") : std::nullopt;
}

std::optional<uint64_t> Cgroup::memory_max() const {
  return number_in(read("memory.max"));
}

std::optional<uint64_t> Cgroup::tasks() const {
  return number_in(read("pids.current"));
}

// One line a device: "8:0 rbytes=1 wbytes=2 rios=3 …".
std::optional<Cgroup::Io> Cgroup::io() const {
  const auto text = read("io.stat");
  if (!text) return std::nullopt;
  Io sum;
  for (std::string_view rest = *text; !rest.empty();) {
    const std::string_view line = take_line(rest);
    sum.read_bytes += field(line, "rbytes=");
    sum.written_bytes += field(line, "wbytes=");
  }
  return sum;
}

}  // namespace jobctl
