// jobctl: long-running jobs as systemd units.
//
//   argv / template / job file -> JobSpec -> UnitPlan -> D-Bus (transient unit) | unit file text
//                                    |                       |
//                            record, registry -------> systemd -> launcher -> the job in its payload cgroup
//                            -> log
//                                    |  ^                    |
//                                    |  +--- finish hook <---+
//                  query -> Job (record + live unit state) -> table | JSON
//
// Here: the command line selects a verb, the verb runs, and whatever it throws becomes one message and an
// exit code.
#include <cstdio>
#include <exception>

#include "commands/command_line.hpp"
#include "util/error.hpp"

int main(int argc, char** argv) try {
  return jobctl::run_command_line(argc, argv);
} catch (const jobctl::Error& error) {
  std::fprintf(stderr, "jobctl: %s\n", error.what());
  if (!error.hint.empty()) std::fprintf(stderr, "  %s\n", error.hint.c_str());
  return static_cast<int>(error.code);
} catch (const std::exception& error) {
  std::fprintf(stderr, "jobctl: %s\n", error.what());
  return static_cast<int>(jobctl::Errc::failed);
}
