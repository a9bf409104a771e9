#include "output/json.hpp"

#include <limits>

#include <gtest/gtest.h>

#include "unit/output/jobs.hpp"

namespace jobctl {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::milliseconds;
using test::ended_job;
using test::running_job;

const Time later = test::start + milliseconds(250'108'123);

std::string array_of(const std::vector<Job>& jobs) {
  return to_json_lines(jobs, later);
}

TEST(Json, IsTheDocumentedSchema) {
  Job job = running_job();
  job.run = 3;
  job.spec.labels = {{"gpu", "a100"}};
  EXPECT_EQ(to_json(job, later).dump(2), R"({
  "uuid": "82d00a5b-5ed5-4cfd-9a75-a87e4f420b27",
  "name": "nightly",
  "type": "training",
  "session": null,
  "labels": {
    "gpu": "a100"
  },
  "user": "alice",
  "host": "build1",
  "is_elsewhere": false,
  "state": "running",
  "reason": null,
  "exit_code": null,
  "signal": null,
  "pid": 39832,
  "unit": "jobctl-training-82d00a5b-5ed5-4cfd-9a75-a87e4f420b27.service",
  "run": 3,
  "restarts": 0,
  "created_at": "2023-11-14T22:13:19.000000Z",
  "started_at": "2023-11-14T22:13:20.000000Z",
  "ended_at": null,
  "runtime_s": 250108.123,
  "command": [
    "python3",
    "train.py",
    "--epochs",
    "90"
  ],
  "working_directory": "/home/alice/ocr",
  "log_file": "/home/alice/.local/state/jobctl/logs/training/training-82d00a5b-5ed5-4cfd-9a75-a87e4f420b27.log",
  "cpu_s": null,
  "memory_peak": null,
  "limits": null,
  "ports": [],
  "health": null,
  "schedule": null,
  "next_at": null,
  "gpus": [],
  "usage": null
})");
}

TEST(Json, TellsWhatAnActiveJobUsesAndWhoCounted) {
  Job job = running_job();
  job.usage = Usage{.cpu_us = 25'010'812'345,
                    .memory = 4096,
                    .memory_peak = {},
                    .memory_limit = {},
                    .memory_origin = UsageOrigin::processes,
                    .io_read = 1,
                    .io_written = 2,
                    .io_origin = UsageOrigin::cgroup,
                    .tasks = 3,
                    .tasks_origin = UsageOrigin::processes,
                    .net_received = 4,
                    .net_sent = 5,
                    .gpu_memory = {}};
  EXPECT_EQ(to_json(job, later)["usage"].dump(2), R"({
  "cpu_percent": 10.0,
  "cpu_s": 25010.812,
  "memory": 4096,
  "memory_origin": "processes",
  "memory_peak": null,
  "io_read": 1,
  "io_write": 2,
  "io_origin": "cgroup",
  "tasks": 3,
  "tasks_origin": "processes",
  "net_received": 4,
  "net_sent": 5,
  "gpu_memory": null
})");
  job.usage->io_read = job.usage->io_written = std::nullopt;
  EXPECT_EQ(to_json(job, later)["usage"]["io_origin"], nullptr) << "nobody counted";
  job.current.started_at.reset();
  EXPECT_EQ(to_json(job, later)["usage"]["cpu_percent"], nullptr);
}

TEST(Json, TellsHowARunEnded) {
  Job job =
      ended_job(State::failed, "4ccabfa5-604f-49c6-b5c3-730ce328d62a", "gen", std::chrono::seconds(252));
  job.current.exit.code = 3;
  job.current.reason = "3";
  job.current.cpu_us = 1'500'999;
  job.current.memory_peak = 8ULL << 30;
  job.spec.session = "s1";
  const Json json = to_json(job, later);
  EXPECT_EQ(json["state"], "failed");
  EXPECT_EQ(json["reason"], "3");
  EXPECT_EQ(json["exit_code"], 3);
  EXPECT_EQ(json["signal"], nullptr);
  EXPECT_EQ(json["pid"], nullptr);
  EXPECT_EQ(json["ended_at"], "2023-11-14T22:17:32.000000Z");
  EXPECT_EQ(json["runtime_s"].dump(), "252.0");
  EXPECT_EQ(json["cpu_s"].dump(), "1.5");
  EXPECT_EQ(json["memory_peak"], 8ULL << 30);
  EXPECT_EQ(json["session"], "s1");
}

TEST(Json, NamesSignals) {
  Job job = ended_job(State::killed, "4ccabfa5-604f-49c6-b5c3-730ce328d62a", "gen", milliseconds(1));
  job.current.exit.signal = 15;
  EXPECT_EQ(to_json(job, later)["signal"], "SIGTERM");
  EXPECT_EQ(to_json(job, later)["exit_code"], nullptr);
}

TEST(Json, AnActiveJobHasNoExitStatusYet) {
  Job job = running_job();
  job.current.exit.code = 0;  // of a command before the one that runs
  job.current.exit.signal = 9;
  EXPECT_EQ(to_json(job, later)["exit_code"], nullptr);
  EXPECT_EQ(to_json(job, later)["signal"], nullptr);
}

TEST(Json, SeveralCommandsAreAnArrayOfArrays) {
  Job job = running_job();
  job.spec.commands = {{"make"}, {"make", "test"}};
  EXPECT_EQ(to_json(job, later)["command"].dump(), R"([["make"],["make","test"]])");
  job.spec.commands = {{"make"}};
  EXPECT_EQ(to_json(job, later)["command"].dump(), R"(["make"])");
  job.spec.commands = {{"make", "test"}};
  EXPECT_EQ(to_json(job, later)["command"].dump(), R"(["make","test"])");
  job.spec.commands = {};
  EXPECT_EQ(to_json(job, later)["command"].dump(), "[]");
}

TEST(Json, LabelsAreAlwaysAnObject) {
  Job job = running_job();
  EXPECT_EQ(to_json(job, later)["labels"].dump(), "{}");
  job.spec.labels = {{"a", "b"}, {"", "x"}};
  EXPECT_EQ(to_json(job, later)["labels"].dump(), R"({"":"x","a":"b"})");
}

TEST(Json, NumbersHaveNoMoreThanThreeDecimals) {
  for (const int64_t millis : {1, 100, 333, 999, 1001, 59'999, 250'108'123}) {
    Job job = running_job();
    const std::string text =
        to_json(job, test::start + milliseconds(millis) + Duration(999))["runtime_s"].dump();
    EXPECT_LE(text.size() - text.find('.'), 4U) << text;
    EXPECT_DOUBLE_EQ(std::stod(text), static_cast<double>(millis) / 1000.0);
  }
}

TEST(Json, IsOneLineOfAsciiWhateverTheJobIsCalled) {
  Job job = running_job();
  job.spec.name = "a\n\x1b[2J\xc2\x9b\x7f\xff\xe2\x80\xae\"\\caf\xc3\xa9";
  job.spec.commands = {{std::string("\xff\0\n", 3)}};
  job.spec.labels = {{"\xff\n", "\x80"}};
  job.spec.log_file = "/tmp/\xed\xa0\x80";
  const std::string text = json_text(to_json(job, later));
  for (const char c : text) EXPECT_TRUE(c >= 0x20 && c < 0x7f) << static_cast<int>(c);
  const Json read = Json::parse(text);
  EXPECT_EQ(read["name"], "a\n\x1b[2J\xc2\x9b\x7f\xef\xbf\xbd\xe2\x80\xae\"\\caf\xc3\xa9");
  EXPECT_EQ(read["command"][0], std::string("\xef\xbf\xbd\0\n", 5));
}

TEST(Json, AnArrayHasOneJobALine) {
  EXPECT_EQ(array_of({}), "[]\n");
  const std::string first = json_text(to_json(running_job(), later));
  EXPECT_EQ(array_of({running_job()}), "[\n" + first + "\n]\n");
  EXPECT_EQ(array_of({running_job(), running_job()}), "[\n" + first + ",\n" + first + "\n]\n");
}

TEST(Json, ExtremeTimesAreStillJson) {
  Job job = running_job();
  job.spec.created_at = Time::max();
  job.current.started_at = from_micros(0);
  job.current.ended_at = from_micros(std::numeric_limits<int64_t>::max());
  job.current.cpu_us = std::numeric_limits<uint64_t>::max();
  EXPECT_TRUE(Json::accept(array_of({job})));
}

}  // namespace
}  // namespace jobctl
