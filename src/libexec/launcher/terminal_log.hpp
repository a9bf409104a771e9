// The job's pseudo-terminal: everything that it prints goes to the log, everything that attached terminals
// type goes to it. Attached terminals read the log themselves, so nobody who looks can slow the job.
#pragma once

#include <string>
#include <vector>

#include <poll.h>

#include "job/spec.hpp"
#include "terminal/protocol.hpp"
#include "util/fd.hpp"

namespace jobctl {

class TerminalLog {
 public:
  // Takes over the log. Throws Error when there is no pseudo-terminal to be had.
  TerminalLog(const JobSpec& spec, Fd log, WindowSize first_size);
  ~TerminalLog();
  TerminalLog(const TerminalLog&) = delete;
  TerminalLog& operator=(const TerminalLog&) = delete;

  int slave() const { return slave_.get(); }

  // For poll(2): what to wait for, and what to do when it has come. The timeout in milliseconds, -1: none.
  void add_to(std::vector<pollfd>& fds) const;
  int timeout_ms() const;
  void handle(const std::vector<pollfd>& fds, size_t first);

  // Writes out what the terminal still holds of a program that has ended.
  void drain();

 private:
  bool read_master();
  void write_log();
  void write_master();
  void accept_client();
  bool receive(const Fd& client);

  std::string path_;
  Fd log_;
  Fd master_;
  Fd slave_;  // kept open, so that the terminal outlives each single program
  Fd listener_;
  std::vector<Fd> clients_;
  std::string output_;  // read from the terminal, not yet in the log
  std::string input_;   // typed, not yet taken by the terminal
  bool log_failed_ = false;
};

}  // namespace jobctl
