#include "bus/analyze.hpp"

#include "util/error.hpp"
#include "util/text.hpp"

namespace jobctl {

ProgramOutput analyze(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "systemd-analyze");
  return run_program(arguments);
}

void check_calendar(const std::string& spec) {
  const ProgramOutput analysis = analyze({"calendar", "--", spec});
  const std::string what = "--calendar \"" + printable_ascii(spec, 80) + "\": ";
  if (!analysis.good)
    throw Error(Errc::usage, what + "systemd takes it for no calendar event",
                "for example \"Mon..Fri 9:00\"; man systemd.time, or: systemd-analyze calendar");
  if (analysis.output.find("Next elapse: never") != std::string::npos)
    throw Error(Errc::usage, what + "it never comes again");
}

}  // namespace jobctl
