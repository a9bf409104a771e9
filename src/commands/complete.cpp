#include "commands/complete.hpp"

#include <algorithm>
#include <csignal>
#include <optional>

#include <fcntl.h>
#include <unistd.h>

#include "commands/candidates.hpp"
#include "commands/command_line.hpp"
#include "util/fd.hpp"

namespace jobctl {

namespace {

// Long for a registry, short for a person: somebody else may hold the registry's lock.
constexpr unsigned patience_seconds = 2;

const Words no_words;

// What the words before the cursor make of the one under it.
struct Place {
  const CLI::Option* waiting = nullptr;  // the option whose value is the next word
  bool options_ended = false;
  std::optional<size_t> command;  // so many words stand before the job's own command line
  Words jobs;                     // positionals so far
};

const CLI::Option* option_with_value(const CLI::App& verb, const std::string& name) {
  const CLI::Option* option = verb.get_option_no_throw(name);
  return option && takes_value(*option) ? option : nullptr;
}

// The option that this word leaves waiting for its value: --type, -C, -dtC; not --type=x, -Cx.
const CLI::Option* waiting_after(const CLI::App& verb, const std::string& word) {
  if (word.starts_with("--")) return option_with_value(verb, word);
  for (size_t i = 1; i < word.size(); ++i)
    if (const CLI::Option* option = option_with_value(verb, {'-', word[i]}))
      return i + 1 == word.size() ? option : nullptr;
  return nullptr;
}

bool takes_command(const CLI::App& verb) {
  return verb.check_name("start") || verb.check_name("boot");
}

void pass_word(Place& place, const CLI::App& verb, const Words& words, size_t i) {
  const std::string& word = words[i];
  if (place.waiting) {
    place.waiting = nullptr;
  } else if (word == "--") {
    place.options_ended = true;
    if (takes_command(verb)) place.command = i + 1;
  } else if (word.starts_with('-') && !place.options_ended) {
    place.waiting = waiting_after(verb, word);
  } else if (takes_command(verb)) {
    place.command = i;
  } else {
    place.jobs.push_back(word);
  }
}

// The last of several commands is the one that is being typed.
size_t last_command(const Words& words, size_t first) {
  const auto begin = words.begin() + first, end = words.end() - 1;
  if (std::find(words.begin(), begin, "--no-then") != begin) return first;
  const auto then = std::find(std::make_reverse_iterator(end), std::make_reverse_iterator(begin), "--then");
  return then.base() == begin ? first : then.base() - words.begin();
}

// `next`: the first word behind the verb.
Place find_place(const CLI::App& verb, const Words& words, size_t next) {
  Place place;
  for (size_t i = next; i + 1 < words.size() && !place.command; ++i) pass_word(place, verb, words, i);
  const std::string& cursor = words.back();
  const bool is_option = cursor.starts_with('-') && !place.options_ended;
  if (takes_command(verb) && !place.command && !place.waiting && !is_option) place.command = words.size() - 1;
  if (place.command) place.command = last_command(words, *place.command);
  return place;
}

void complete_for(const CLI::App& verb, Manager manager, const Words& words, size_t next,
                  Candidates& candidates) {
  const Place place = find_place(verb, words, next);
  const std::string& cursor = words.back();
  if (place.command) return candidates.leave_to_shell(":command " + std::to_string(*place.command));
  if (place.waiting) return add_values(candidates, *place.waiting, manager, cursor, "");
  if (!cursor.starts_with('-') || place.options_ended)
    return add_positionals(candidates, verb, manager, place.jobs);
  const size_t equals = cursor.find('=');
  if (equals == std::string::npos) return add_options(candidates, verb);
  if (const CLI::Option* option = option_with_value(verb, cursor.substr(0, equals)))
    add_values(candidates, *option, manager, cursor.substr(equals + 1), cursor.substr(0, equals + 1));
}

void complete_verb(const Words& words, size_t first, Candidates& candidates) {
  const CommandLine line("", no_words);
  const bool is_help = first > 0 && words[first - 1] == "help";
  if (words.back().starts_with('-')) return add_options(candidates, line.app);
  add_verbs(candidates, line.verbs);
  if (!is_help) candidates.add("help", "what jobctl or one of its commands can do");
}

void complete_words(const Words& words, Candidates& candidates) {
  const auto is_global = [](const std::string& word) { return word.starts_with('-'); };
  const auto last = words.end() - 1;
  const auto verb = std::find_if_not(words.begin(), last, is_global);
  const size_t at = verb - words.begin();
  if (verb == last) return complete_verb(words, at, candidates);
  if (*verb == "help") {
    if (at + 2 == words.size()) complete_verb(words, at + 1, candidates);
    return;
  }
  const auto given = [&](const char* option) { return std::find(words.begin(), verb, option) != verb; };
  const CommandLine line(*verb, no_words);
  for (const Verb& known : line.verbs)
    if (known.app->check_name(*verb))
      complete_for(*known.app, chosen_manager(given("--user"), given("--system")), words, at + 1, candidates);
}

void be_quiet_and_quick() {
  const Fd nowhere(open("/dev/null", O_WRONLY | O_CLOEXEC));
  dup2(nowhere.get(), STDERR_FILENO);
  std::signal(SIGALRM, [](int) { _exit(0); });
  alarm(patience_seconds);
}

}  // namespace

int complete(const Words& words) try {
  be_quiet_and_quick();
  Candidates candidates;
  if (!words.empty()) complete_words(words, candidates);
  write_all(STDOUT_FILENO, candidates.lines());
  return 0;
} catch (const std::exception&) {
  return 0;
}

}  // namespace jobctl
