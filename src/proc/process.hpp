// One process as proc(5) tells about it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "util/time.hpp"

namespace jobctl {

struct Process {
  pid_t pid = 0;
  pid_t parent = 0;
  pid_t group = 0;  // process group
  pid_t session = 0;
  char state = '?';               // R, S, D, Z, T, …
  std::string name;               // of the program, at most 15 bytes, any bytes
  std::vector<std::string> argv;  // any bytes, the first 64 KiB; empty for a zombie
  uint64_t start_ticks = 0;       // since boot; with the PID this is one process for ever
  Time started_at;                // the same, as exact as the kernel's ticks, 10 ms
  uint64_t resident_bytes = 0;
  Duration cpu_time{0};  // user and system
};

// What is counted of a process, without what it is: much cheaper to read.
struct ProcessUsage {
  uint64_t resident_bytes = 0;
  uint64_t threads = 0;
  // From and to storage, proc_pid_io(5); nullopt for a process that we may not look into (ptrace(2)).
  std::optional<uint64_t> read_bytes;
  std::optional<uint64_t> written_bytes;
};

// nullopt when it is gone.
std::optional<ProcessUsage> read_process_usage(pid_t pid, const std::string& proc = "/proc");

// nullopt when it is gone, or hidden from us.
std::optional<Process> read_process(pid_t pid, const std::string& proc = "/proc");

// Whether that very process is there, and has not ended.
bool is_alive(const Process& process);

// Those that are still there.
std::vector<Process> read_processes(const std::vector<pid_t>& pids, const std::string& proc = "/proc");

// All of its arguments, proc_pid_cmdline(5); empty where it is gone, or hidden from us.
std::vector<std::string> whole_argv(pid_t pid, const std::string& proc = "/proc");

// Its arguments with spaces between, or "[name]" where there are none, as ps(1) prints them: any bytes.
std::string command_line(const Process& process);

}  // namespace jobctl
