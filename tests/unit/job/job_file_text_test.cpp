#include "job/job_file_text.hpp"

#include <gmock/gmock.h>

#include "job/policy.hpp"
#include "util/error.hpp"

namespace jobctl {
namespace {

using testing::HasSubstr;
using testing::Not;

JobSpec training() {
  JobSpec spec;
  spec.uuid = "82d00a5b-5ed5-4cfd-9a75-a87e4f420b27";
  spec.type = "python3";
  spec.name = "nightly";
  spec.commands = {{"/usr/bin/python3", "train.py", "a \"b\""}};
  spec.working_directory = "/home/alice";
  return spec;
}

TEST(JobFileText, OfASimpleJobIsShort) {
  EXPECT_EQ(job_file_text(training()), R"(name = "nightly"
command = ["/usr/bin/python3", "train.py", "a \"b\""]
directory = "/home/alice"
stop_timeout = "10s"
)");
}

TEST(JobFileText, HasEverythingThatDefinesAJob) {
  JobSpec spec = training();
  spec.type = "training";
  spec.name = default_name(spec.type, spec.uuid);
  spec.session = "s1";
  spec.commands.push_back({"echo"});
  spec.log_file = "/l";
  spec.own_log = "/o";
  spec.tty = spec.keep_going = true;
  spec.stop_signal = 2;
  spec.stop_timeout = std::nullopt;
  spec.labels = {{"a b", "c"}, {"plain", ""}};
  spec.environment = {"A=1=2", "B.C="};
  spec.properties = {{"PrivateTmp", "yes"}, {"ReadWritePaths", "/a"}, {"ReadWritePaths", "/b"}};
  for (const char* policy :
       {"memory=1610612736", "timeout=5400000000us", "port=8501", "port=a=auto", "restart-max-delay=1us",
        "restart=always:3", "gpu=0", "gpu-shared=true", "on-failure=mail"})
    set_policy(spec, policy);
  EXPECT_EQ(job_file_text(spec), R"(type = "training"
session = "s1"
commands = [
  ["/usr/bin/python3", "train.py", "a \"b\""],
  ["echo"]
]
directory = "/home/alice"
log_file = "/l"
own_log = "/o"
tty = true
keep_going = true
stop_signal = "SIGINT"
stop_timeout = "infinity"
memory = "1536M"
timeout = "1h 30min"
restart = "always:3"
restart_max_delay = "1us"
port = ["8501", "a=auto"]
gpu = "0"
gpu_shared = true
on_failure = ["mail"]

[labels]
"a b" = "c"
plain = ""

[env]
A = "1=2"
"B.C" = ""

[properties]
PrivateTmp = "yes"
ReadWritePaths = ["/a", "/b"]
)");
}

TEST(JobFileText, SaysWhereOutputGoes) {
  JobSpec spec = training();
  spec.log_kind = LogKind::journal;
  EXPECT_THAT(job_file_text(spec), HasSubstr("\njournal = true\n"));
}

TEST(JobFileText, EscapesWhatNobodySees) {
  EXPECT_EQ(toml_string("\x01\n\t\r\x7f"), R"("\u0001\n\t\r\u007F")");
  EXPECT_EQ(toml_string("\xc2\x85\xe2\x80\xae\xef\xbb\xbf"), R"("\u0085\u202E\uFEFF")");
  EXPECT_EQ(toml_string("\xf4\x8f\xbf\xbf"), R"("\U0010FFFF")");
  EXPECT_EQ(toml_string("\xc3\xbc \xf0\x9f\x98\x80 {PORT}"), "\"\xc3\xbc \xf0\x9f\x98\x80 {PORT}\"");
}

void expect_refused(const JobSpec& spec, const std::string& what) {
  try {
    job_file_text(spec);
    ADD_FAILURE() << "no error about " << what;
  } catch (const Error& error) {
    EXPECT_EQ(error.code, Errc::failed);
    EXPECT_THAT(error.what(), HasSubstr("could not write nightly as a job file: " + what));
    EXPECT_THAT(error.hint, HasSubstr("jobctl export --format unit 82d00a5b"));
  }
}

TEST(JobFileText, NamesWhatIsNotUtf8) {
  JobSpec spec = training();
  spec.commands.front()[2] = "\xff";
  expect_refused(spec, "argument 2 of the command, ");
  spec.commands.push_back({"\xff"});
  spec.commands.front()[2] = "";
  expect_refused(spec, "the program of command 2, ");
  spec = training();
  spec.working_directory = "/\xff";
  expect_refused(spec, "the working directory, ");
  spec = training();
  spec.environment = {"A=\xff"};
  expect_refused(spec, "the variable A, ");
  spec.environment = {"\xff=A"};
  expect_refused(spec, "the name of a variable, ");
}

}  // namespace
}  // namespace jobctl
