#include "commands/start_options.hpp"

namespace jobctl {

std::string refuse_empty(const std::string& text) {
  return text.empty() ? "needs a value that isn't empty" : "";
}

void add_identity(CLI::App& verb, StartOptions& o) {
  const auto text = [&](const char* flag, std::string& value, const char* help) {
    verb.add_option(flag, value, help)->check(refuse_empty)->group("Identity");
  };
  text("--type", o.type, "kind of job, groups the logs (default: the program's name)");
  text("--name", o.name, "friendly name (default: type and the UUID's first 8 digits)");
  text("--session", o.session, "set of jobs that belong together; becomes a slice");
  verb.add_option("-l,--label", o.labels, "label to find it by; repeatable")
      ->allow_extra_args(false)
      ->group("Identity");
  text("--uuid", o.uuid, "use this UUID, at most once (default: a random one)");
}

void add_ending(CLI::App& verb, StartOptions& o) {
  verb.add_option("--stop-signal", o.stop_signal, "what kill sends first (default: SIGTERM)")
      ->group("Ending");
  verb.add_option("--stop-timeout", o.stop_timeout, "time until SIGKILL, or infinity (default: 10s)")
      ->group("Ending");
}

void add_linger(CLI::App& verb, StartOptions& o) {
  verb.add_option("--linger", o.linger, "always, ask or never: may jobs outlive the logout (default: always)")
      ->check(CLI::IsMember({"always", "ask", "never"}))
      ->group("Advanced");
}

void add_policy(CLI::App& verb, const Policy& policy, StartOptions& o) {
  const std::string name = std::string("--") + policy.name;
  std::vector<std::string>& texts = o.policies[policy.name];
  if (!*policy.value) {
    verb.add_flag_callback(
            name, [&texts] { texts = {"true"}; }, policy.help)
        ->group(policy.group);
    return;
  }
  const auto option = verb.add_option(name, texts, policy.help);
  option->group(policy.group)->allow_extra_args(false);
  if (!policy.repeatable) option->expected(1);
}

}  // namespace jobctl
