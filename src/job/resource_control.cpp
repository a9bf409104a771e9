#include "job/resource_control.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "util/error.hpp"
#include "util/number.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

// As many as the kernel can be built for.
constexpr int most_cpus = 8192;

constexpr double us_per_second = 1e6;

[[noreturn]] void refuse(const std::string& what, const std::string& text, const std::string& why) {
  throw Error(Errc::usage, what + ": \"" + printable_ascii(text, 80) + "\" " + why);
}

// "", "K", "kB" and "KiB" are what people write; the letter's place is its power.
std::optional<double> unit_of(const std::string& suffix) {
  constexpr std::string_view letters = "kmgtp";
  std::string rest = ascii_lower(suffix);
  double unit = 1;
  if (const size_t power = rest.empty() ? std::string::npos : letters.find(rest.front());
      power != std::string::npos) {
    unit = std::pow(1024.0, static_cast<double>(power + 1));
    rest.erase(0, 1);
    if (rest.starts_with("ib")) rest.erase(0, 1);
  }
  if (rest == "b") rest.clear();
  return rest.empty() ? std::optional(unit) : std::nullopt;
}

// Digits with at most one point; nullopt for anything else, signs and exponents included.
std::optional<double> decimal(std::string_view text) {
  const auto belongs = [](char c) { return (c >= '0' && c <= '9') || c == '.'; };
  if (text.empty() || text == "." || !std::all_of(text.begin(), text.end(), belongs)) return std::nullopt;
  return parse_number<double>(text);
}

}  // namespace

uint64_t parse_bytes(const std::string& text, const std::string& what) {
  const size_t end = std::min(text.find_first_not_of("0123456789."), text.size());
  const auto number = decimal(std::string_view(text).substr(0, end));
  const auto unit = unit_of(text.substr(std::min(text.find_first_not_of(' ', end), text.size())));
  constexpr double most = 1e18;
  if (!number || !unit || *number * *unit > most)
    refuse(what, text, "is not a size (for example 512M, 4G, 1.5G)");
  if (*number * *unit < 1) refuse(what, text, "is too little for any program");
  return static_cast<uint64_t>(*number * *unit);
}

uint64_t parse_cpus(const std::string& text, const std::string& what) {
  // systemd refuses quotas below 1 ms in its period of 100 ms.
  constexpr double least = 0.01;
  const auto number = decimal(text);
  if (!number || *number < least || *number > most_cpus)
    refuse(what, text, "is not a number of CPUs (for example 2 or 0.5; at least 0.01)");
  return static_cast<uint64_t>(std::llround(*number * us_per_second));
}

std::vector<int> parse_cpu_list(const std::string& text, const std::string& what) {
  std::set<int> cpus;
  for (const std::string& part : split(text, ',')) {
    const size_t dash = part.find('-');
    const auto first = parse_number<int>(part.substr(0, dash));
    const auto last = dash == std::string::npos ? first : parse_number<int>(part.substr(dash + 1));
    if (!first || !last || *first < 0 || *last < *first || *last >= most_cpus)
      refuse(what, text, "is not a list of CPUs (for example 0-3,8)");
    for (int cpu = *first; cpu <= *last; ++cpu) cpus.insert(cpu);
  }
  return {cpus.begin(), cpus.end()};
}

std::string cpus_text(uint64_t cpu_us) {
  std::string text = std::to_string(static_cast<double>(cpu_us) / us_per_second);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

std::string cpu_list_text(const std::vector<int>& cpus) {
  std::string text;
  for (size_t i = 0; i < cpus.size();) {
    size_t last = i;
    while (last + 1 < cpus.size() && cpus[last + 1] == cpus[last] + 1) ++last;
    text += (text.empty() ? "" : ",") + std::to_string(cpus[i]);
    if (last > i) text += "-" + std::to_string(cpus[last]);
    i = last + 1;
  }
  return text;
}

std::string controller_of(const std::string& setting) {
  if (setting.starts_with("Memory") && setting != "MemoryAccounting" &&
      !setting.starts_with("MemoryPressure"))
    return "memory";
  if (setting.starts_with("CPUQuota") || setting == "CPUWeight") return "cpu";
  if (setting == "TasksMax") return "pids";
  if (setting.starts_with("IO") && setting != "IOAccounting" && !setting.starts_with("IOScheduling"))
    return "io";
  if (setting == "AllowedCPUs" || setting == "AllowedMemoryNodes") return "cpuset";
  return {};
}

}  // namespace jobctl
