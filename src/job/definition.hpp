// What a person says about a job, as text: with the options of jobctl start, in a template, in a job file.
// Each thing has one word; policies (job/policy.hpp) have theirs in the same table of keys.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "job/policy.hpp"

namespace jobctl {

struct Definition {
  std::vector<Argv> commands;
  bool tty = false;
  bool scope = false;
  bool keep_going = false;
  bool clean_environment = false;
  bool journal = false;
  std::string type, name, session, directory, log_file, own_log, stop_signal, stop_timeout;
  std::vector<std::string> labels, environment, environment_files, properties, cleanup;
  std::map<std::string, std::vector<std::string>> policies;  // by Policy::name
};

// What `above` says holds; of lists that name things (labels, environment, properties) its items come last.
void lay_over(Definition& below, const Definition& above);

// A key of templates and job files that is no policy's.
struct DefinitionKey {
  using Text = std::string Definition::*;
  using Flag = bool Definition::*;
  using List = std::vector<std::string> Definition::*;
  struct Pairs {
    List list;  // of NAME=VALUE
  };
  struct Command {};   // one argv
  struct Commands {};  // several of them

  const char* name;
  std::variant<Text, Flag, List, Pairs, Command, Commands> member;
  // Throws Error{usage} that begins with `what`.
  void (*check)(const std::string& text, const std::string& what) = nullptr;
  bool is_path = false;
};

std::span<const DefinitionKey> definition_keys();
const DefinitionKey* find_definition_key(std::string_view name);

// "restart_delay" for the policy restart-delay, and back; nullptr for a word that is no policy's key.
std::string key_of(const Policy& policy);
const Policy* find_policy_by_key(std::string_view key);

// Of names, types and sessions: they are shown in lines and put into units' descriptions.
void check_word(const std::string& text, const std::string& what);
void check_label(const std::string& text, const std::string& what);     // KEY=VALUE
void check_variable(const std::string& text, const std::string& what);  // NAME=VALUE
int parse_stop_signal(const std::string& text, const std::string& what);

}  // namespace jobctl
