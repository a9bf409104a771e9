// What a running process was given by whoever started it: what somebody would need to start it again.
#pragma once

#include <string>
#include <vector>

#include "job/spec.hpp"

namespace jobctl {

struct ProcessSetup {
  std::vector<std::string> environment;  // K=V, as it was when the program began, the first 1 MiB
  std::optional<mode_t> umask;
  std::vector<ResourceLimit> limits;
  Credentials user;           // the real ones
  bool changes_user = false;  // it has others as well: set-user-ID, set-group-ID
  std::string log;            // the file that it prints to; "" where that is a terminal, a pipe or the like
  std::string
      printed;  // what it prints to, in any case, as proc_pid_fd(5) names it: "/dev/pts/3", "pipe:[123]"
};

// As far as the caller may look into it (ptrace(2), "Ptrace access mode checking").
ProcessSetup read_process_setup(pid_t pid, const std::string& proc = "/proc");

// proc_pid_environ(5); the first 1 MiB, empty where it is hidden.
std::vector<std::string> environment_of(pid_t pid, const std::string& proc = "/proc");

// The numbers behind "Key:" in a text of proc_pid_status(5); none where it isn't there.
std::vector<uint32_t> status_numbers(const std::string& status, const std::string& key);

// The process that a thread ID belongs to, which is its own for the first; 0 where there is none.
pid_t process_of_thread(pid_t tid, const std::string& proc = "/proc");

}  // namespace jobctl
