// jobctl attach: watch a job and type to it.
#include "commands/attach_session.hpp"
#include "commands/jobs.hpp"
#include "commands/verb.hpp"
#include "util/error.hpp"

namespace jobctl {

namespace {

struct AttachArguments {
  std::shared_ptr<QueryOptions> query;
  AttachOptions attach;
  bool no_kill = false;
};

int run_attach(Context& context, AttachArguments options) {
  const Query query = options.query->take();
  if (query.empty()) throw Error(Errc::usage, "attach needs a job", "jobctl list shows the jobs");
  context.require_own("attach to");
  options.attach.kill_on_interrupt = !options.no_kill;
  return attach_to(context, find_one_job(context, query), options.attach).status;
}

}  // namespace

Verb add_attach(CLI::App& app) {
  CLI::App* verb = app.add_subcommand("attach", "watch a job's output, with -t its terminal");
  auto options = std::make_shared<AttachArguments>();
  options->query = add_query(*verb);
  verb->add_option("-n,--lines", options->attach.lines, "recent lines to show first (default: a screenful)")
      ->check(at_least(0));
  verb->add_flag("--no-kill", options->no_kill, "Ctrl+C leaves the job running");
  verb->add_option("--detach-keys", options->attach.detach_keys,
                   "keys that leave it running (default: ctrl-p,ctrl-q)");
  verb->footer(
      "Example:\n  jobctl attach nightly\n"
      "Ctrl+C interrupts the job as on a terminal; the second one, or its stop timeout, ends all of its\n"
      "processes. Ctrl+P Ctrl+Q, or closing the terminal, leaves it running. Exits with the job's status.");
  return {verb, [options](Context& context) { return run_attach(context, *options); }};
}

}  // namespace jobctl
