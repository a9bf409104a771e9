#include "question.hpp"

#include "libexec/common/job_process.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace jobctl {

Question::Question(const JobSpec& spec, const Run& run, const Probe& probe)
    : spec_(spec), run_(run), probe_(probe) {
  if (probe_.kind == ProbeKind::log)
    log_ = spec.own_log.empty() ? std::make_unique<LogMatch>(spec.log_file, run.log_offset, probe_.target)
                                : std::make_unique<LogMatch>(spec.own_log, 0, probe_.target);
}

Answer Question::ask(Duration patience) try { return answer(patience); } catch (const Error& error) {
  // Such as a library that isn't installed.
  return {false, error.what() + (error.hint.empty() ? "" : " (" + error.hint + ")")};
}

Answer Question::answer(Duration patience) {
  switch (probe_.kind) {
    case ProbeKind::tcp:
      return check_tcp(port_of(probe_, run_.ports), patience);
    case ProbeKind::http:
      return check_http(url_of(probe_, run_.ports), probe_.status, patience);
    case ProbeKind::exec:
      return check_command(spec_, shell_split(probe_.target).value(), job_environment(spec_, run_), patience);
    case ProbeKind::log:
      return log_->look();
    case ProbeKind::notify:
      break;
  }
  return {true, ""};
}

}  // namespace jobctl
