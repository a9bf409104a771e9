#include "config/template.hpp"

#include <filesystem>
#include <fstream>
#include <functional>

#include <gtest/gtest.h>
#include <unistd.h>

#include "util/error.hpp"

namespace jobctl {
namespace {

class TemplateTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/jobctl-template-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    directory_ = name;
    setenv("HOME", "/home/alice", 1);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string folder(const std::string& name) const { return directory_ + "/" + name; }

  std::string write(const std::string& name, const std::string& text) const {
    const std::filesystem::path path = directory_ + "/" + name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return path;
  }

  Template read(const std::string& text) const { return read_template("it", {write("it.toml", text)}); }

  // "LINE:COLUMN: … | <hint>"
  std::string error_from(const std::function<void()>& action) const {
    try {
      action();
    } catch (const Error& error) {
      EXPECT_EQ(error.code, Errc::usage);
      std::string message = error.what() + (error.hint.empty() ? "" : " | " + error.hint);
      const std::string place = directory_ + "/it.toml:";
      return message.starts_with(place) ? message.substr(place.size()) : message;
    }
    return "";
  }
  std::string error_of(const std::string& text) const {
    return error_from([&] { read(text); });
  }
  std::string error_of(const std::string& text, const GivenValues& given) const {
    return error_from([&] { make(text, given); });
  }

  Definition make(const std::string& text, const GivenValues& given) const {
    return instantiate(read(text), given, {"/home/alice", "/data"});
  }

  std::string directory_;
};

constexpr const char* server = R"(
description = "a server"
command = ["serve", "-m", "{model}", "--port={port}", "--ctx={ctx}", "{verbose}", "{{literal}}"]
directory = "~/models"
port = ["http={port}"]
restart = "on-failure:3"
gpu_shared = true
gpu = "{gpu}"
env = {MODEL = "{model}", THREADS = 4, CTX = "{ctx}"}
labels = {kind = "llm"}
stop_signal = "SIGQUIT"
[parameters.model]
type = "path"
required = true
[parameters.port]
type = "port"
default = 8080
[parameters.ctx]
type = "int"
min = 1
[parameters.gpu]
default = 0
[parameters.verbose]
type = "bool"
default = false
flag = "--verbose"
[properties]
PrivateTmp = "yes"
)";

TEST_F(TemplateTest, BecomesADefinition) {
  const Definition definition = make(server, {{"model", "phi 4.gguf"}, {"port", "8081"}});
  EXPECT_EQ(definition.commands,
            (std::vector<Argv>{{"serve", "-m", "/data/phi 4.gguf", "--port=8081", "{literal}"}}));
  EXPECT_EQ(definition.type, "it");
  EXPECT_EQ(definition.directory, "/home/alice/models");
  EXPECT_EQ(definition.environment, (std::vector<std::string>{"MODEL=/data/phi 4.gguf", "THREADS=4"}));
  EXPECT_EQ(definition.labels, std::vector<std::string>{"kind=llm"});
  EXPECT_EQ(definition.properties, std::vector<std::string>{"PrivateTmp=yes"});
  EXPECT_EQ(definition.stop_signal, "SIGQUIT");
  EXPECT_EQ(definition.policies.at("port"), std::vector<std::string>{"http=8081"});
  EXPECT_EQ(definition.policies.at("restart"), std::vector<std::string>{"on-failure:3"});
  EXPECT_EQ(definition.policies.at("gpu"), std::vector<std::string>{"0"});
  EXPECT_EQ(definition.policies.at("gpu-shared"), std::vector<std::string>{"true"});
}

TEST_F(TemplateTest, TakesWhatIsGiven) {
  const Definition definition = make(server, {{"ctx", "4096"}, {"verbose", "true"}, {"model", "~/m"}});
  EXPECT_EQ(definition.commands, (std::vector<Argv>{{"serve", "-m", "/home/alice/m", "--port=8080",
                                                     "--ctx=4096", "--verbose", "{literal}"}}));
}

TEST_F(TemplateTest, NeverReadsAValueAgain) {
  const std::string hostile = "{port} {{ %h $HOME `id` '; rm -rf /\n";
  const Definition definition = make(
      "command = ['echo', '{text}', '{port}']\n[parameters.text]\nrequired = true\n"
      "[parameters.port]\ntype = 'port'\ndefault = 1\n",
      {{"text", hostile}});
  EXPECT_EQ(definition.commands, (std::vector<Argv>{{"echo", hostile, "1"}}));
}

TEST_F(TemplateTest, MayHaveSeveralCommands) {
  const Definition definition =
      make("commands = [['a', '1'], ['b', '{x}']]\nkeep_going = true\n[parameters.x]\n", {});
  EXPECT_EQ(definition.commands, (std::vector<Argv>{{"a", "1"}, {"b"}}));
  EXPECT_TRUE(definition.keep_going);
}

TEST_F(TemplateTest, LeavesOutACommandThatHasNothingElse) {
  const std::string several =
      "commands = [['{x}'], ['{x}', '{y}'], ['b', '{x}']]\n[parameters.x]\n[parameters.y]\n";
  EXPECT_EQ(make(several, {}).commands, (std::vector<Argv>{{"b"}}));
  EXPECT_EQ(make(several, {{"y", "1"}}).commands, (std::vector<Argv>{{"1"}, {"b"}}));
  EXPECT_EQ(error_of("commands = [['{x}']]\n[parameters.x]\n"), "1:1: commands: has no program");
  EXPECT_EQ(error_of("commands = [['a'], []]"), "1:20: has no program");
}

TEST_F(TemplateTest, AnEmptyValueIsNone) {
  const std::string text =
      "command = ['a', '{x}', '{y}']\n[parameters.x]\ndefault = '1'\n[parameters.y]\nrequired = true\n";
  EXPECT_EQ(make(text, {{"x", ""}, {"y", "2"}}).commands, (std::vector<Argv>{{"a", "2"}}));
  EXPECT_THROW(make(text, {{"y", ""}}), Error);
}

TEST_F(TemplateTest, NamesPlaceAndRemedyOfWhatIsWrong) {
  EXPECT_EQ(error_of(""), " has no command | for example: command = [\"python3\", \"train.py\"]");
  EXPECT_TRUE(error_of("command = ['x'\n").starts_with("1:16: not valid TOML: "))
      << error_of("command = ['x'\n");
  EXPECT_EQ(error_of("command = ['x']\n  restrt = 'always'"),
            "2:3: restrt: unknown key | did you mean restart?");
  EXPECT_EQ(error_of("command = ['x']\nrestart = 'sometimes'").substr(0, 13), "2:1: restart:");
  EXPECT_EQ(error_of("command = ['x']\nstop_signal = 'SIGFOO'"),
            "2:1: stop_signal SIGFOO: no such signal | kill -l lists them");
  EXPECT_EQ(error_of("command = 'x y'"),
            "1:1: command: must be a list of strings: the program and its arguments");
  EXPECT_EQ(error_of("command = ['x', {}]"), "1:17: an argument must be a string or a number");
  EXPECT_EQ(error_of("command = []"), "1:1: command: has no program");
  EXPECT_EQ(error_of("command = ['']"), "1:1: command: has no program");
  EXPECT_EQ(error_of("command = ['x']\ncommands = [['x']]"),
            "2:1: commands: command and commands exclude each other");
  EXPECT_EQ(error_of("command = ['x']\nkeep_going = true"),
            R"(2:1: keep_going: needs several commands | commands = [["./first"], ["./second"]])");
  EXPECT_EQ(error_of("command = ['x']\nkeep_going = false"), "");
  EXPECT_EQ(error_of("command = ['x']\ntty = 'yes'"), "2:1: tty: must be true or false");
  EXPECT_EQ(error_of("command = ['x']\nmemory = ['1G']"), "2:1: memory: must be a string or a number");
  EXPECT_EQ(error_of("command = ['x']\nenv = 'A=B'"), "2:1: env: must be a table: [env]");
  EXPECT_EQ(error_of("command = ['x']\ncalendar = 'daily'"),
            "2:1: calendar: stands in a job file's [schedule]");
  EXPECT_EQ(error_of("command = ['x']\n[properties]\nExecStart = 'y'").substr(0, 17), "3:1: properties E");
}

TEST_F(TemplateTest, RefusesWhatHasNoEffect) {
  EXPECT_EQ(error_of("command = ['x']\nrestart_delay = '5s'"),
            "2:1: restart_delay: has no effect without restart");
  EXPECT_EQ(error_of("command = ['x']\n[parameters.a]"),
            "2:13: a: the parameter has no effect: {a} stands nowhere");
  EXPECT_EQ(error_of("command = ['x', '{a}']\n[parameters.a]\ndefault = 1\nrequired = true"),
            "3:1: default: has no effect: the parameter is required");
  EXPECT_EQ(error_of("command = ['x', '{a}']\n[parameters.a]\nmin = 1"), "3:1: min: is for the type int");
  EXPECT_EQ(error_of("command = ['x', '{a}']\n[parameters.a]\ntype = 'int'\ncheck = 'x'"),
            "4:1: check: is for the type string");
}

TEST_F(TemplateTest, ChecksItsParameters) {
  EXPECT_EQ(error_of("command = ['x', '{a}', '{b}']\n[parameters.a]"),
            "1:24: there is no parameter b | declare it: [parameters.b]");
  EXPECT_EQ(error_of("command = ['x', '{prt}']\n[parameters.port]"),
            "1:17: there is no parameter prt | did you mean {port}?");
  EXPECT_EQ(error_of("command = ['x', '{a']").substr(0, 6), "1:17: ");
  EXPECT_EQ(error_of("command = ['x', '{a}']\n[parameters.a]\ntype = 'number'"),
            "3:1: type: must be string, int, path, port, enum or bool");
  EXPECT_EQ(error_of("command = ['x', '{a}']\n[parameters.a]\ntype = 'enum'"),
            "2:13: a: an enum needs values = [\"…\", \"…\"]");
  EXPECT_EQ(error_of("command = ['x', '{a}']\n[parameters.a]\ntype = 'port'\ndefault = 70000"),
            "4:1: default: \"70000\" is not a port from 1 to 65535");
  EXPECT_EQ(error_of("command = ['x', '{a}']\n[parameters.a]\ncheck = '('").substr(0, 11), "3:1: check:");
  EXPECT_EQ(error_of("command = ['x']\n[parameters.A]").substr(0, 31), "2:13: A: is no parameter's name");
  EXPECT_EQ(error_of("command = ['x']\nparameters = 3"),
            "2:1: parameters: must be a table: [parameters.NAME]");
}

TEST_F(TemplateTest, SaysWhatItNeeds) {
  EXPECT_EQ(error_of(server, {}),
            "the template it needs model=… (a path (absolute, or below ~/)) | jobctl template show it");
  EXPECT_EQ(error_of(server, {{"model", "m"}, {"prt", "1"}}),
            "the template it has no parameter prt; did you mean port? | jobctl template show it");
  EXPECT_EQ(error_of(server, {{"model", "m"}, {"model", "n"}}),
            "the parameter model is given more than once");
  EXPECT_EQ(error_of(server, {{"model", "m"}, {"ctx", "0"}}),
            "ctx: \"0\" is not a whole number of 1 or more");
  EXPECT_EQ(error_of(server, {{"model", "m"}, {"gpu", "first"}}).substr(0, 7), "8:1: gp");
}

TEST_F(TemplateTest, OfTheSameNameTheLastFolderWins) {
  write("a/x.toml", "command = ['a']");
  write("a/y.toml", "command = ['y']");
  const std::string last = write("b/x.toml", "command = ['b']");
  const auto found = find_templates({folder("a"), folder("b"), folder("none")});
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].name, "x");
  EXPECT_EQ(found[0].file, last);
  EXPECT_EQ(error_from([&] { load_template("z", {folder("a")}); }).substr(0, 23), "there is no template z ");
}

TEST_F(TemplateTest, DropInsChangeSingleKeysInTheOrderOfTheirNames) {
  write("a/x.toml",
        "command = ['a', '{n}']\nnice = 1\nmemory = '1G'\nenv = {A = '1', B = '1'}\n[parameters.n]\ndefault "
        "= 1");
  write("b/x.toml.d/10.toml", "nice = 3\n[env]\nB = '2'\n[parameters.n]\nhelp = 'how many'");
  write("a/x.toml.d/20.toml", "nice = 2");
  write("a/x.toml.d/README", "no TOML");
  const Template its_template = load_template("x", {folder("a"), folder("b")});
  EXPECT_EQ(its_template.files.size(), 3U);
  EXPECT_EQ(its_template.find("n")->help, "how many");
  EXPECT_EQ(its_template.find("n")->standard, "1");
  const Definition definition = instantiate(its_template, {}, {"/", "/"});
  EXPECT_EQ(definition.policies.at("nice"), std::vector<std::string>{"2"});
  EXPECT_EQ(definition.policies.at("memory"), std::vector<std::string>{"1G"});
  EXPECT_EQ(definition.environment, (std::vector<std::string>{"A=1", "B=2"}));
}

TEST_F(TemplateTest, WhatIsLaidOverADefinitionWins) {
  Definition below = make(server, {{"model", "/m"}}), above;
  above.name = "mine";
  above.environment = {"THREADS=8"};
  above.policies["port"] = {"9000"};
  lay_over(below, above);
  EXPECT_EQ(below.name, "mine");
  EXPECT_EQ(below.type, "it");
  EXPECT_EQ(below.commands.front().front(), "serve");
  EXPECT_EQ(below.environment.back(), "THREADS=8");
  EXPECT_EQ(below.policies.at("port"), std::vector<std::string>{"9000"});
  EXPECT_EQ(below.policies.at("restart"), std::vector<std::string>{"on-failure:3"});
}

}  // namespace
}  // namespace jobctl
