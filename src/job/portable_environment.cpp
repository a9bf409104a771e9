#include "job/portable_environment.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "util/text.hpp"

namespace jobctl {

namespace {

template <class Names>
bool contains(const Names& names, std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

template <class Prefixes>
bool begins_with_one(const Prefixes& prefixes, std::string_view name) {
  return std::any_of(std::begin(prefixes), std::end(prefixes),
                     [&](std::string_view prefix) { return name.starts_with(prefix); });
}

bool belongs_to_a_session(std::string_view name) {
  static constexpr std::array<std::string_view, 33> names = {"BASH_ENV",
                                                             "COLORTERM",
                                                             "DBUS_SESSION_BUS_ADDRESS",
                                                             "DESKTOP_SESSION",
                                                             "DISPLAY",
                                                             "EDITOR",
                                                             "ENV",
                                                             "HOSTNAME",
                                                             "LINES",
                                                             "COLUMNS",
                                                             "LS_COLORS",
                                                             "MAIL",
                                                             "MOTD_SHOWN",
                                                             "OLDPWD",
                                                             "PAGER",
                                                             "PROMPT_COMMAND",
                                                             "PS1",
                                                             "PS2",
                                                             "PS4",
                                                             "PWD",
                                                             "SHLVL",
                                                             "STY",
                                                             "TERM",
                                                             "TERMCAP",
                                                             "TMUX",
                                                             "TMUX_PANE",
                                                             "VISUAL",
                                                             "WAYLAND_DISPLAY",
                                                             "WINDOWID",
                                                             "XAUTHORITY",
                                                             "XDG_RUNTIME_DIR",
                                                             "DEBUGINFOD_URLS",
                                                             "_"};
  static constexpr std::array<std::string_view, 25> prefixes = {
      "BASH_FUNC_",  "GDM",      "GNOME_",     "GPG_",  "GTK_",         "HIST",      "JOBCTL_",
      "KDE_",        "KONSOLE_", "LESS",       "QT_",   "SESSION_",     "SSH_",      "SUDO_",
      "SYSTEMD_",    "TERM_",    "VSCODE_",    "VTE_",  "XDG_CURRENT_", "XDG_MENU_", "XDG_SEAT",
      "XDG_SESSION", "XDG_VTNR", "XMODIFIERS", "ITERM_"};
  return contains(names, name) || begins_with_one(prefixes, name);
}

// scheme://user:password@host
bool has_password(std::string_view value) {
  const size_t scheme = value.find("://");
  if (scheme == std::string_view::npos) return false;
  const std::string_view rest = value.substr(scheme + 3);
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  const size_t at = authority.rfind('@');
  return at != std::string_view::npos && authority.substr(0, at).find(':') != std::string_view::npos;
}

}  // namespace

bool looks_secret(std::string_view assignment) {
  static constexpr std::array<std::string_view, 10> words = {"token",      "secret", "passw",  "passphrase",
                                                             "credential", "cookie", "apikey", "api_key",
                                                             "access_key", "private"};
  static constexpr std::array<std::string_view, 4> ends = {"_key", "_auth", "_pwd", "_pass"};
  const size_t equals = assignment.find('=');
  const std::string name = ascii_lower(std::string(assignment.substr(0, equals)));
  const auto within = [&](std::string_view word) { return name.find(word) != std::string::npos; };
  const auto at_end = [&](std::string_view end) { return name.ends_with(end); };
  return std::any_of(words.begin(), words.end(), within) || std::any_of(ends.begin(), ends.end(), at_end) ||
         (equals != std::string_view::npos && has_password(assignment.substr(equals + 1)));
}

PortableEnvironment choose_environment(const JobSpec& spec, const std::vector<std::string>& given, bool all,
                                       const std::function<bool(std::string_view)>& can_be_written) {
  PortableEnvironment chosen;
  std::set<std::string> seen;  // of two with one name programs see the first
  for (const std::string& assignment : spec.environment) {
    const std::string name = assignment.substr(0, assignment.find('='));
    if (!seen.insert(name).second || (!all && contains(given, assignment))) continue;
    // What a job with --clean-env has somebody gave to it.
    if (!all && !spec.clean_environment && belongs_to_a_session(name))
      chosen.callers.push_back(name);
    else if (!all && looks_secret(assignment))
      chosen.secrets.push_back(name);
    else if (!can_be_written(assignment))
      chosen.impossible.push_back(name);
    else
      chosen.kept.push_back(assignment);
  }
  return chosen;
}

}  // namespace jobctl
