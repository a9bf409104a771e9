#include "man/exit_status.hpp"

#include "man/roff.hpp"
#include "util/error.hpp"

namespace jobctl {

namespace {

// The compiler warns of one that is missing here.
const char* meaning(Errc code) {
  switch (code) {
    case Errc::failed:
      return "It failed; of several jobs, at least one.";
    case Errc::usage:
      return "The command line or the configuration is wrong. Nothing was done.";
    case Errc::no_such_job:
      return "A job that was named does not exist, or a command that acts on one job found none.";
    case Errc::ambiguous:
      return "A name or the beginning of a UUID fits several jobs, or a command that acts on one job got "
             "several.";
    case Errc::refused:
      return "Refused: the UUID is taken, or the job is not in the state for it.";
    case Errc::no_manager:
      return "No service manager can be reached.";
  }
  return nullptr;
}

std::string item(int status, const std::string& text) {
  return ".TP\n" + bold(std::to_string(status)) + "\n" + to_roff(text) + "\n";
}

}  // namespace

std::string all_exit_statuses() {
  std::string text =
      item(0, "Done; of a command that acts on many jobs, also where a filter matched nothing.");
  for (int code = 1; const char* words = meaning(static_cast<Errc>(code)); ++code) text += item(code, words);
  return text;
}

std::string usual_exit_status() {
  return "0 when everything that was asked for is done; else one of the statuses that\n.BR jobctl "
         "(1)\nlists.\n";
}

}  // namespace jobctl
