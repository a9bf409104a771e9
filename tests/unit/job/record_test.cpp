#include "job/record.hpp"

#include <algorithm>
#include <random>
#include <tuple>

#include <gtest/gtest.h>

#include "util/error.hpp"

namespace jobctl {
namespace {

using namespace std::string_literals;

const std::string uuid = "82d00a5b-5ed5-4cfd-9a75-a87e4f420b27";

JobSpec small_spec() {
  JobSpec spec;
  spec.uuid = uuid;
  spec.commands = {{"true"}};
  return spec;
}

JobSpec full_spec() {
  JobSpec spec;
  spec.uuid = uuid;
  spec.type = "training";
  spec.name = "näht\nly \xff";
  spec.session = "s1";
  spec.labels = {{"gpu", "a=b"}, {"empty", ""}, {"", "x"}};
  spec.user = "alice";
  spec.host = "node7";
  spec.created_at = from_micros(1700000000123456);
  spec.commands = {
      {"python3", "", "a\nb", "\xff\xfe", "command=", "defined=1", "=", "$HOME %h"}, {}, {"sync"}};
  spec.keep_going = spec.tty = spec.scope = spec.clean_environment = true;
  spec.working_directory = "/tmp/with blank\nand newline ";
  spec.environment = {"A=1", "NOEQUALS", "", "E=", "MULTI=a\nb\n", "\xff=\xfe"};
  spec.umask = 027;
  spec.limits = {{7, 1024, UINT64_MAX}, {0, 0, 0}};
  spec.log_kind = LogKind::journal;
  spec.log_file = "/l\nog";
  spec.own_log = "own.log";
  spec.stop_signal = 2;
  spec.stop_timeout.reset();
  spec.run_as = {1000, 100, {100, 27}};
  spec.properties = {{"MemoryMax", "8G"}, {"Environment", "A=B"}, {"MemoryMax", ""}};
  spec.unit = "jobctl-training-" + uuid + ".service";
  spec.slice = "jobctl-s1.slice";
  spec.runtime_dir = "/run/user/1000/jobctl";
  spec.log_dir = "/home/alice/.local/state/jobctl/logs";
  return spec;
}

void expect_same_identity(const JobSpec& a, const JobSpec& b) {
  EXPECT_EQ(a.uuid, b.uuid);
  EXPECT_EQ(a.type, b.type);
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.session, b.session);
  EXPECT_EQ(a.labels, b.labels);
  EXPECT_EQ(a.user, b.user);
  EXPECT_EQ(a.host, b.host);
  EXPECT_EQ(a.created_at, b.created_at);
}

void expect_same(const JobSpec& a, const JobSpec& b) {
  expect_same_identity(a, b);
  EXPECT_EQ(a.commands, b.commands);
  EXPECT_EQ(std::tie(a.keep_going, a.tty, a.scope), std::tie(b.keep_going, b.tty, b.scope));
  EXPECT_EQ(a.working_directory, b.working_directory);
  EXPECT_EQ(a.environment, b.environment);
  EXPECT_EQ(a.clean_environment, b.clean_environment);
  EXPECT_EQ(a.umask, b.umask);
  ASSERT_EQ(a.limits.size(), b.limits.size());
  for (size_t i = 0; i < a.limits.size(); ++i)
    EXPECT_EQ(std::tie(a.limits[i].resource, a.limits[i].soft, a.limits[i].hard),
              std::tie(b.limits[i].resource, b.limits[i].soft, b.limits[i].hard));
  EXPECT_EQ(std::tie(a.log_kind, a.log_file, a.own_log), std::tie(b.log_kind, b.log_file, b.own_log));
  EXPECT_EQ(std::tie(a.stop_signal, a.stop_timeout), std::tie(b.stop_signal, b.stop_timeout));
  EXPECT_EQ(a.properties, b.properties);
  EXPECT_TRUE(a.run_as == b.run_as);
  EXPECT_EQ(std::tie(a.unit, a.slice, a.runtime_dir, a.log_dir),
            std::tie(b.unit, b.slice, b.runtime_dir, b.log_dir));
}

std::string error_of(const std::string& data) {
  try {
    parse_record(data);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Record, KeepsEveryMember) {
  expect_same(full_spec(), parse_record(serialize(full_spec())).spec);
}

TEST(Record, KeepsWhatIsNotSet) {
  JobSpec spec;
  spec.uuid = uuid;
  expect_same(spec, parse_record(serialize(spec)).spec);
}

TEST(Record, IsReadableWithStandardTools) {
  std::string data = serialize(small_spec()) + serialize(Event("starting", 1));
  std::replace(data.begin(), data.end(), '\0', '\n');
  EXPECT_TRUE(data.starts_with("jobctl-record=1\nuuid=" + uuid + "\n")) << data;
  EXPECT_NE(data.find("\ncommand=\narg=true\n"), std::string::npos) << data;
  EXPECT_NE(data.find("\ndefined=1\nevent=starting run=1 time="), std::string::npos) << data;
}

TEST(Record, KeepsEventsInOrder) {
  const std::string data = serialize(small_spec()) + serialize(Event("starting", 1)) +
                           serialize(Event("start-failed", 1, {{"file", "/a\n\0b"s}})) +
                           serialize(Event("starting", 2));
  const Record record = parse_record(data);
  ASSERT_EQ(record.events.size(), 3U);
  EXPECT_EQ(record.events[1].text("file"), "/a\n\0b"s);
  EXPECT_EQ(record.events[2].run, 2);
}

TEST(Record, DropsACutLastEventWhereverItIsCut) {
  const std::string whole = serialize(small_spec()) + serialize(Event("starting", 1));
  const std::string last = serialize(Event("ended", 1, {{"status", "137"}}));
  for (size_t length = 0; length < last.size(); ++length)
    ASSERT_EQ(parse_record(whole + last.substr(0, length)).events.size(), 1U) << length;
  EXPECT_EQ(parse_record(whole + last).events.size(), 2U);
}

TEST(Record, DropsACutEventThatAnotherFollows) {
  const std::string cut = serialize(Event("ended", 1, {{"status", "137"}}));
  for (size_t length = 1; length < cut.size(); ++length) {
    const Record record = parse_record(serialize(small_spec()) + cut.substr(0, length) +
                                       std::string(torn_event_end) + serialize(Event("lost", 1)));
    ASSERT_EQ(record.events.size(), 1U) << length;
    ASSERT_EQ(record.events[0].kind, "lost");
  }
}

TEST(Record, IsIncompleteUntilTheLastByteOfItsDefinition) {
  const std::string data = serialize(full_spec());
  for (size_t length = 0; length < data.size(); ++length)
    ASSERT_NE(error_of(data.substr(0, length)), "") << length;
  EXPECT_EQ(error_of(data.substr(0, data.size() - 1)), "incomplete record");
  EXPECT_EQ(error_of(data), "");
}

TEST(Record, NeedsAUuid) {
  EXPECT_EQ(error_of("jobctl-record=1\0defined=1\0"s), "incomplete record");
}

TEST(Record, RefusesOtherFilesAndNewerVersions) {
  EXPECT_EQ(error_of(""), "not a job record");
  EXPECT_EQ(error_of("SQLite format 3\0"s), "not a job record");
  EXPECT_EQ(error_of("jobctl-record=2\0defined=1\0"s), "record of a newer jobctl (format 2)");
  EXPECT_NE(error_of("jobctl-record=\0defined=1\0"s), "");
}

TEST(Record, IgnoresKeysThatItDoesNotKnow) {
  const Record record = parse_record(
      "jobctl-record=1\0uuid=u\0future=x\0nonsense\0\0command=\0arg=a\0arg-0=b\0"
      "defined=1\0note=x\0event=lost run=1 time=5\0"s);
  EXPECT_EQ(record.spec.commands, (std::vector<Argv>{{"a"}}));
  EXPECT_EQ(record.events.size(), 1U);
}

TEST(Record, DefinitionCannotChangeOnceDefined) {
  const Record record = parse_record(serialize(small_spec()) + "name=other\0command=\0arg=rm\0"s);
  expect_same(small_spec(), record.spec);
}

TEST(Record, SaysWhichValueIsDamaged) {
  const std::string begin = "jobctl-record=1\0uuid=u\0"s, end = "\0defined=1\0"s;
  for (const char* item : {"limit=1:2", "limit=1", "limit=a:1:2", "limit=1:2:3:4", "created=", "created=5x",
                           "umask=-1", "stop-signal=TERM", "stop-timeout=", "label=x", "property=x"})
    EXPECT_TRUE(error_of(begin + item + end).starts_with("damaged record: ")) << item;
  EXPECT_EQ(error_of(begin + "arg=x" + end), "damaged record: arg without command is not a value");
}

TEST(Record, RefusesToWriteNul) {
  JobSpec spec = small_spec();
  spec.name = "a\0defined=1"s;
  EXPECT_THROW(serialize(spec), Error);
  spec = small_spec();
  spec.commands = {{"a\0b"s}};
  EXPECT_THROW(serialize(spec), Error);
}

TEST(Record, KeepsLargeArgumentsAndEnvironments) {
  JobSpec spec = small_spec();
  spec.commands = {{"p", std::string(128 * 1024 - 1, 'x')}};
  for (int i = 0; i < 200000; ++i) spec.environment.push_back("V" + std::to_string(i) + "=x");
  const Record record = parse_record(serialize(spec));
  EXPECT_EQ(record.spec.commands, spec.commands);
  EXPECT_EQ(record.spec.environment, spec.environment);
}

std::string random_text(std::mt19937& random) {
  std::string text(random() % 30, '\0');
  for (char& c : text) c = static_cast<char>(1 + random() % 255);
  return text;
}

TEST(Record, KeepsAnyBytes) {
  std::mt19937 random(5);
  for (int i = 0; i < 1000; ++i) {
    JobSpec spec = full_spec();
    spec.name = random_text(random);
    spec.working_directory = random_text(random);
    spec.commands.assign(random() % 4, Argv());
    for (Argv& command : spec.commands)
      for (size_t count = random() % 5; count > 0; --count) command.push_back(random_text(random));
    for (size_t count = random() % 5; count > 0; --count) spec.environment.push_back(random_text(random));
    expect_same(spec, parse_record(serialize(spec)).spec);
    if (HasFailure()) return;
  }
}

TEST(Record, SurvivesRandomDamage) {
  std::mt19937 random(6);
  const std::string whole = serialize(full_spec()) + serialize(Event("ended", 1, {{"status", "0"}}));
  for (int i = 0; i < 20000; ++i) {
    std::string data = whole;
    for (size_t count = random() % 8; count > 0; --count)
      data[random() % data.size()] = static_cast<char>(random() % 4 == 0 ? 0 : random());
    error_of(data);  // an Error or a record, nothing else; the sanitizers watch
  }
}

TEST(Record, ADefinedEventIsTheWholeDefinitionFromThenOn) {
  JobSpec later = full_spec();
  later.created_at = from_micros(1700000000123456);
  const std::string data = serialize(small_spec()) + serialize(Event("starting", 1)) +
                           serialize(Event("defined", 2, {{"spec", serialize(later)}})) +
                           serialize(Event("starting", 2));
  const Record record = parse_record(data);
  expect_same(record.spec, later);
  expect_same(spec_of_run(record, 1), small_spec());
  expect_same(spec_of_run(record, 2), later);
  expect_same(spec_of_run(record, 3), later);
  ASSERT_EQ(record.events.size(), 3U);
  EXPECT_EQ(record.events[1].kind, "defined");
}

TEST(Record, ADefinedEventThatWasCutShortIsNone) {
  const std::string data = serialize(small_spec()) + serialize(Event("starting", 1));
  const std::string defined = serialize(Event("defined", 2, {{"spec", serialize(full_spec())}}));
  for (size_t size = 0; size < defined.size(); size += 7) {
    const Record record = parse_record(data + defined.substr(0, size));
    ASSERT_EQ(record.spec.commands, small_spec().commands) << size;
  }
}

}  // namespace
}  // namespace jobctl
