// The one exception of the program: what failed, why, and the next command. main turns it into text and exit
// code.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace jobctl {

// The exit codes of jobctl(1); the values are part of the interface.
enum class Errc {
  failed = 1,       // the operation failed
  usage = 2,        // the command line is wrong
  no_such_job = 3,  // a job named by hand does not exist
  ambiguous = 4,    // a name or prefix fits several jobs
  refused = 5,      // a conflict: already running, already started
  no_manager = 6,   // no service manager can be reached
};

struct Error : std::runtime_error {
  Error(Errc exit_code, const std::string& what, std::string advice = {})
      : std::runtime_error(what), code(exit_code), hint(std::move(advice)) {}

  Errc code;
  std::string hint;  // the next command or advice, printed as a second line; may be empty
};

// strerror(3) without its static buffer, spelled as jobctl prints it: "no such file or directory".
std::string errno_text(int error);

// Throws Error{failed, "<what>: <errno_text(error)>"}.
[[noreturn]] void throw_errno(const std::string& what, int error);

}  // namespace jobctl
