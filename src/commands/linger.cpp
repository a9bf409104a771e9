#include "commands/linger.hpp"

#include <cstdio>

#include <unistd.h>

#include "bus/login.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

Linger parse(const std::string& choice, Linger otherwise) {
  if (choice == "always") return Linger::always;
  if (choice == "ask") return Linger::ask;
  if (choice == "never") return Linger::never;
  return otherwise;
}

bool ask(const std::string& user) {
  if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) return false;
  dprintf(STDERR_FILENO,
          "jobctl: this job would end at your logout; let the jobs of %s run on (lingering)? [Y/n] ",
          user.c_str());
  char answer[64] = "n";
  if (read(STDIN_FILENO, answer, sizeof answer - 1) <= 0) return false;
  return answer[0] == '\n' || answer[0] == 'y' || answer[0] == 'Y';
}

}  // namespace

void keep_after_logout(Context& context, const std::string& choice) {
  const uid_t uid = geteuid();
  if (context.is_system() || uid == 0) return;
  const std::string user = user_name(uid);
  if (is_lingering(user)) return;
  const Linger linger = parse(choice, context.config().linger);
  if (linger == Linger::never) return;
  const std::string command = "loginctl enable-linger " + shell_quote({user});
  if (linger == Linger::ask && !ask(user)) {
    say("this job will end at your logout; to let it run on: " + command);
    return;
  }
  const std::string problem = enable_linger(uid);
  if (problem.empty())
    say("this job would end at your logout; lingering was switched on for " + user +
        " (undo: loginctl disable-linger)");
  else
    say("this job will end at your logout, and lingering could not be switched on (" + problem +
        "); ask an administrator for: sudo " + command);
}

}  // namespace jobctl
