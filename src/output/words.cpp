#include "output/words.hpp"

#include <array>
#include <cmath>
#include <cstdio>

#include "util/display.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

using std::chrono::days;
using std::chrono::seconds;

// Of the greatest unit that a number has at least one of.
size_t unit_exponent(uint64_t bytes) {
  size_t exponent = 0;
  while (exponent < 6 && bytes >> (10 * (exponent + 1)) > 0) exponent++;
  return exponent;
}

// In that unit: "1.2", "8" (exactly 8), "512".
std::string scaled(uint64_t bytes) {
  const uint64_t unit = uint64_t{1} << (10 * unit_exponent(bytes));
  const uint64_t whole = bytes / unit;
  std::string text = std::to_string(whole);
  if (bytes % unit != 0 && whole < 100) text += "." + std::to_string(bytes % unit * 10 / unit);
  return text;
}

std::string memory_in_words(const Usage& usage) {
  std::string text = "memory " + bytes_in_words(*usage.memory);
  if (usage.memory_origin == UsageOrigin::processes)
    return text + " (resident, shared pages counted more than once)";
  const std::string limit = usage.memory_limit ? " of " + bytes_in_words(*usage.memory_limit) : "";
  return usage.memory_peak ? text + " (peak " + bytes_in_words(*usage.memory_peak) + limit + ")"
                           : text + limit;
}

std::string date_of(Time time) {
  return to_local(time).substr(0, 10);
}

}  // namespace

std::string shown_name(const JobSpec& spec) {
  constexpr size_t columns = 60;
  return cut_to_width(visible(spec.name), columns);
}

std::string bytes_in_words(uint64_t bytes) {
  constexpr std::array<const char*, 7> units = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  return scaled(bytes) + " " + units[unit_exponent(bytes)];
}

std::string short_bytes(uint64_t bytes) {
  return scaled(bytes) + "BKMGTPE"[unit_exponent(bytes)];
}

std::string short_percent(double percent) {
  // As it will be printed: 99.96 is no 100.0.
  char text[32];
  snprintf(text, sizeof text, std::round(percent * 10) < 1000 ? "%.1f" : "%.0f", percent);
  return text;
}

std::string age_in_words(Time time, Time now) {
  const Duration age = now - time;
  const Duration distance = age < Duration::zero() ? -age : age;
  if (distance < seconds(1)) return "just now";
  const std::string words = to_words(std::chrono::floor<seconds>(distance));
  const std::string greatest = words.substr(0, words.find(' ', words.find(' ') + 1));
  return age < Duration::zero() ? "in " + greatest : greatest + " ago";
}

std::string day_in_words(Time time, Time now) {
  std::string text = to_local(time).substr(0, 16);
  const std::string date = text.substr(0, 10);
  // Noon is in no zone's change to or from daylight saving time, so a day later or earlier it is that day's
  // noon.
  const Time noon = parse_time(date_of(now) + " 12:00", "today");
  if (date == date_of(noon)) return text.substr(11);
  if (date == date_of(noon - days(1))) return "yesterday" + text.substr(10);
  if (date == date_of(noon + days(1))) return "tomorrow" + text.substr(10);
  return text;
}

std::string limits_in_words(const ResourceControl& control) {
  std::vector<std::string> words;
  if (control.memory) words.push_back("memory " + bytes_in_words(*control.memory));
  if (control.cpu_us)
    words.push_back(cpus_text(*control.cpu_us) + (*control.cpu_us == 1'000'000 ? " CPU" : " CPUs"));
  if (control.tasks) words.push_back(count_in_words(*control.tasks, "task", "tasks"));
  if (control.io_weight) words.push_back("I/O weight " + std::to_string(*control.io_weight));
  if (control.nice) words.push_back("nice " + std::to_string(*control.nice));
  if (!control.cpu_affinity.empty()) words.push_back("on CPUs " + cpu_list_text(control.cpu_affinity));
  if (control.time) words.push_back(to_words(*control.time) + " a run");
  return join(words, ", ");
}

std::vector<std::string> usage_in_words(const Usage& usage, const std::optional<Duration>& runtime) {
  const double percent = cpu_percent(usage.cpu_us, runtime.value_or(Duration::zero()));
  std::vector<std::string> words = {"CPU " + std::to_string(std::lround(percent)) + " % (" +
                                    to_words(Duration(static_cast<int64_t>(usage.cpu_us))) + ")"};
  if (usage.memory) words.push_back(memory_in_words(usage));
  words.push_back(count_in_words(usage.tasks, "task", "tasks"));
  const auto add = [&](const std::optional<uint64_t>& bytes, const char* what) {
    if (bytes.value_or(0) > 0) words.push_back(bytes_in_words(*bytes) + what);
  };
  add(usage.io_read, " read");
  add(usage.io_written, " written");
  add(usage.net_received, " received");
  add(usage.net_sent, " sent");
  add(usage.gpu_memory, " on GPUs");
  return words;
}

std::string count_in_words(uint64_t count, const std::string& one, const std::string& many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

}  // namespace jobctl
