#include "proc/process.hpp"

#include <array>
#include <ctime>

#include <unistd.h>

#include "proc/read.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

// Fields of /proc/PID/stat, numbered as in proc_pid_stat(5).
enum Field {
  state = 3,
  ppid = 4,
  pgrp = 5,
  session = 6,
  utime = 14,
  stime = 15,
  num_threads = 20,
  starttime = 22,
  rss = 24
};

struct Stat {
  std::string_view name;
  std::array<std::string_view, rss + 1> fields;

  uint64_t number(Field field) const { return file_number(fields[field]).value_or(0); }
};

// "1234 (name) S 1 …". The name may hold spaces and parentheses itself; the last ')' ends it.
std::optional<Stat> parse_stat(std::string_view text) {
  const size_t begin = text.find('(');
  const size_t end = text.rfind(')');
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) return std::nullopt;
  Stat stat;
  stat.name = text.substr(begin + 1, end - begin - 1);
  text.remove_prefix(end + 1);
  for (size_t i = state; i < stat.fields.size(); i++) {
    if (text.empty() || text[0] != ' ') return std::nullopt;
    text.remove_prefix(1);
    stat.fields[i] = text.substr(0, text.find_first_of(" \n"));
    text.remove_prefix(stat.fields[i].size());
  }
  if (stat.fields[state].empty()) return std::nullopt;
  return stat;
}

// Of what is looked at only. The kernel takes 128 KiB for one argument, and a quarter of the stack for all.
constexpr size_t usual_argv = 64 << 10, most_argv = 16 << 20;

Duration from_ticks(uint64_t ticks) {
  static const auto per_second = static_cast<uint64_t>(sysconf(_SC_CLK_TCK));
  return std::chrono::seconds(ticks / per_second) + Duration(ticks % per_second * 1'000'000 / per_second);
}

uint64_t resident_bytes_of(const Stat& stat) {
  return stat.number(rss) * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

std::vector<std::string> parse_argv(std::string_view bytes) {
  // A program that wrote its title over its arguments leaves nothing but NULs behind it.
  if (const size_t end = bytes.find('\0'); bytes.find_first_not_of('\0', end) == std::string_view::npos)
    bytes = bytes.substr(0, end);
  else if (bytes.ends_with('\0'))
    bytes.remove_suffix(1);
  return bytes.empty() ? std::vector<std::string>{} : split(bytes, '\0');
}

std::optional<Process> read_one(pid_t pid, const std::string& proc, Time boot) {
  const std::string directory = proc + "/" + std::to_string(pid);
  const auto text = read_small_file(directory + "/stat");
  const auto stat = text ? parse_stat(*text) : std::nullopt;
  if (!stat) return std::nullopt;
  Process process;
  process.pid = pid;
  process.parent = static_cast<pid_t>(stat->number(ppid));
  process.group = static_cast<pid_t>(stat->number(pgrp));
  process.session = static_cast<pid_t>(stat->number(session));
  process.state = stat->fields[state][0];
  process.name = stat->name;
  process.argv = parse_argv(read_small_file(directory + "/cmdline", usual_argv).value_or(""));
  process.start_ticks = stat->number(starttime);
  process.started_at = boot + from_ticks(process.start_ticks);
  process.resident_bytes = resident_bytes_of(*stat);
  process.cpu_time = from_ticks(stat->number(utime)) + from_ticks(stat->number(stime));
  return process;
}

}  // namespace

std::optional<Process> read_process(pid_t pid, const std::string& proc) {
  return read_one(pid, proc, boot_time());
}

bool is_alive(const Process& process) {
  const auto present = read_process(process.pid);
  return present && present->start_ticks == process.start_ticks && present->state != 'Z';
}

std::vector<Process> read_processes(const std::vector<pid_t>& pids, const std::string& proc) {
  const Time boot = boot_time();  // the same for all, so that processes of one tick stay equally old
  std::vector<Process> processes;
  for (const pid_t pid : pids)
    if (auto process = read_one(pid, proc, boot)) processes.push_back(std::move(*process));
  return processes;
}

std::optional<ProcessUsage> read_process_usage(pid_t pid, const std::string& proc) {
  const std::string directory = proc + "/" + std::to_string(pid);
  const auto text = read_small_file(directory + "/stat");
  const auto stat = text ? parse_stat(*text) : std::nullopt;
  if (!stat) return std::nullopt;
  const std::string io = read_small_file(directory + "/io").value_or("");
  return ProcessUsage{resident_bytes_of(*stat), stat->number(num_threads), keyed_number(io, "read_bytes:"),
                      keyed_number(io, "write_bytes:")};
}

std::vector<std::string> whole_argv(pid_t pid, const std::string& proc) {
  return parse_argv(read_small_file(proc + "/" + std::to_string(pid) + "/cmdline", most_argv).value_or(""));
}

std::string command_line(const Process& process) {
  return process.argv.empty() ? "[" + process.name + "]" : join(process.argv, " ");
}

}  // namespace jobctl
