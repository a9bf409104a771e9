#include "config/definition_reader.hpp"

#include <algorithm>

#include "config/paths.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

using Type = TomlNode::Type;

[[noreturn]] void complain_about_key(const TomlNode& node, const std::vector<std::string>& names) {
  const std::string near = closest(node.key, names);
  complain(node, "unknown key",
           near.empty() ? "the keys are " + join(names, ", ") : "did you mean " + near + "?");
}

std::vector<std::string> all_keys(const std::vector<std::string>& others) {
  std::vector<std::string> names = others;
  for (const DefinitionKey& key : definition_keys()) names.emplace_back(key.name);
  for (const Policy& policy : policies())
    if (!is_of_schedule(policy)) names.push_back(key_of(policy));
  return names;
}

void require_plain(const TomlNode& node) {
  if (!node.is_plain()) complain(node, "must be a string or a number");
}

const std::vector<TomlNode>& items_of(const TomlNode& node, const char* of_what) {
  if (node.type != Type::list) complain(node, std::string("must be a list of ") + of_what);
  return node.children;
}

// Puts one key's value where it belongs.
class KeyReader {
 public:
  KeyReader(Definition& definition, const Fill& fill) : definition_(definition), fill_(fill) {}

  void read(const TomlNode& node, const DefinitionKey& key) {
    std::visit([&](const auto& member) { read(node, key, member); }, key.member);
  }

  void read(const TomlNode& node, const Policy& policy) {
    const bool is_list = node.type == Type::list && policy.repeatable;
    if (!*policy.value ? node.type != Type::boolean : !is_list && !node.is_plain())
      complain(node, !*policy.value      ? "must be true or false"
                     : policy.repeatable ? "must be a string or a list of strings"
                                         : "must be a string or a number");
    std::vector<std::string>& texts = definition_.policies[policy.name];
    JobSpec scratch;
    for (const TomlNode& item : is_list ? node.children : std::vector{node}) {
      if (is_list) require_plain(item);
      const auto text = fill_(item);
      if (!text || (!*policy.value && *text == "false")) continue;
      policy.set(scratch, *text, place_and_key(node));
      texts.push_back(*text);
    }
  }

 private:
  void read(const TomlNode& node, const DefinitionKey& key, DefinitionKey::Text member) {
    require_plain(node);
    if (const auto text = checked(node, key)) definition_.*member = *text;
  }

  void read(const TomlNode& node, const DefinitionKey&, DefinitionKey::Flag member) {
    definition_.*member = flag_value(node);
  }

  void read(const TomlNode& node, const DefinitionKey& key, DefinitionKey::List member) {
    const bool is_list = node.type == Type::list;
    for (const TomlNode& item : is_list ? node.children : std::vector{node}) {
      if (!item.is_plain()) complain(node, "must be a string or a list of strings");
      if (const auto text = checked(item, key)) (definition_.*member).push_back(*text);
    }
  }

  void read(const TomlNode& node, const DefinitionKey& key, DefinitionKey::Pairs member) {
    if (node.type != Type::table) complain(node, "must be a table: [" + node.key + "]");
    for (const TomlNode& pair : node.children)
      for (const TomlNode& value : pair.type == Type::list ? pair.children : std::vector{pair}) {
        if (!value.is_plain() && value.type != Type::boolean) complain(pair, "must be a string");
        const auto text = fill_(value);
        if (!text) continue;
        key.check(pair.key + "=" + *text, pair.place() + ": " + key.name);
        (definition_.*member.list).push_back(pair.key + "=" + *text);
      }
  }

  void read(const TomlNode& node, const DefinitionKey&, DefinitionKey::Command) {
    definition_.commands = {command(node)};
  }

  void read(const TomlNode& node, const DefinitionKey&, DefinitionKey::Commands) {
    definition_.commands.clear();
    for (const TomlNode& item : items_of(node, "commands, which are lists of strings"))
      if (!is_left_out(item)) definition_.commands.push_back(command(item));
    if (definition_.commands.empty()) complain(node, "has no program");
  }

  // One of several that has nothing but what is left out.
  bool is_left_out(const TomlNode& command) {
    const auto& words = command.children;
    return !words.empty() && std::none_of(words.begin(), words.end(), [&](const TomlNode& word) {
      return !word.is_plain() || fill_(word);
    });
  }

  Argv command(const TomlNode& node) {
    Argv argv;
    for (const TomlNode& item : items_of(node, "strings: the program and its arguments")) {
      if (!item.is_plain()) complain(item, "an argument must be a string or a number");
      auto text = fill_(item);
      if (!text) continue;
      if (text->find('\0') != std::string::npos) complain(item, "an argument can't hold a NUL byte");
      argv.push_back(std::move(*text));
    }
    if (argv.empty() || argv.front().empty()) complain(node, "has no program");
    return argv;
  }

  std::optional<std::string> checked(const TomlNode& node, const DefinitionKey& key) {
    auto text = fill_(node);
    if (text && key.check) key.check(*text, node.place() + ": " + key.name);
    // No shell does it.
    if (text && key.is_path && text->starts_with("~/")) text = home_directory() + text->substr(1);
    return text;
  }

  Definition& definition_;
  const Fill& fill_;
};

void refuse_two_commands(const TomlNode& table) {
  const TomlNode* several = table.find("commands");
  if (several && table.find("command")) complain(*several, "command and commands exclude each other");
}

// Of several, parameters may leave out all but one.
bool has_one_command(const TomlNode& table) {
  const TomlNode* several = table.find("commands");
  return table.find("command") || (several && several->children.size() == 1);
}

}  // namespace

std::optional<std::string> as_written(const TomlNode& node) {
  return node.text;
}

std::string place_and_key(const TomlNode& node) {
  return node.place() + (node.key.empty() ? "" : ": " + printable_ascii(node.key, 60));
}

void complain(const TomlNode& node, const std::string& why, const std::string& hint) {
  throw Error(Errc::usage, place_and_key(node) + ": " + why, hint);
}

const std::string& text_value(const TomlNode& node) {
  if (node.type != Type::text) complain(node, "must be a string");
  return node.text;
}

bool flag_value(const TomlNode& node) {
  if (node.type != Type::boolean) complain(node, "must be true or false");
  return node.text == "true";
}

void refuse_unknown_keys(const TomlNode& table, const std::vector<std::string>& names) {
  for (const TomlNode& node : table.children)
    if (std::find(names.begin(), names.end(), node.key) == names.end()) complain_about_key(node, names);
}

Definition read_definition(const TomlNode& table, const std::vector<std::string>& others, const Fill& fill) {
  Definition definition;
  KeyReader reader(definition, fill);
  refuse_two_commands(table);
  for (const TomlNode& node : table.children) {
    if (std::find(others.begin(), others.end(), node.key) != others.end()) continue;
    const DefinitionKey* key = find_definition_key(node.key);
    const Policy* policy = find_policy_by_key(node.key);
    if (policy && is_of_schedule(*policy)) complain(node, "stands in a job file's [schedule]");
    if (!key && !policy) complain_about_key(node, all_keys(others));
    key ? reader.read(node, *key) : reader.read(node, *policy);
  }
  if (definition.keep_going && has_one_command(table))
    complain(*table.find("keep_going"), "needs several commands",
             R"(commands = [["./first"], ["./second"]])");
  return definition;
}

}  // namespace jobctl
