#include "output/job_table.hpp"

#include <cstdlib>
#include <ctime>

#include <gtest/gtest.h>

#include "output/grid.hpp"
#include "output/text.hpp"
#include "output/words.hpp"
#include "unit/output/jobs.hpp"
#include "util/display.hpp"
#include "util/text.hpp"

namespace jobctl {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using test::ended_job;
using test::running_job;

const Time later = test::start + hours(69) + minutes(26) + seconds(28);

std::vector<Job> three_jobs() {
  std::vector<Job> jobs = {running_job()};
  jobs.push_back(ended_job(State::failed, "4ccabfa5-604f-49c6-b5c3-730ce328d62a", "gen-4cca", seconds(252)));
  jobs.back().current.exit.code = 3;
  jobs.back().current.reason = "3";
  jobs.push_back(ended_job(State::killed, "09f9d301-4fd9-4045-bfda-8a56f1d96016", "phi4", seconds(5)));
  return jobs;
}

std::string text_of(const Table& table, size_t width, const std::string& home = "") {
  return to_text(table, Style{.colored = false, .width = width, .home = home});
}

TEST(JobTable, ShowsEverythingWhereThereIsRoom) {
  EXPECT_EQ(text_of(job_table({running_job()}, later), 200, "/home/alice"),
            "TYPE      NAME     STATE      PID  UUID                                   RUNTIME  LOG\n"
            "training  nightly  running  39832  82d00a5b-5ed5-4cfd-9a75-a87e4f420b27  69:26:28  "
            "~/.local/state/jobctl/logs/training/training-82d00a5b-5ed5-4cfd-9a75-a87e4f420b27.log\n");
}

TEST(JobTable, ShortensUuidsFirst) {
  EXPECT_EQ(text_of(job_table({running_job()}, later), 150, "/home/alice"),
            "TYPE      NAME     STATE      PID  UUID       RUNTIME  LOG\n"
            "training  nightly  running  39832  82d00a5b  69:26:28  "
            "~/.local/state/jobctl/logs/training/training-82d00a5b-5ed5-4cfd-9a75-a87e4f420b27.log\n");
}

TEST(JobTable, LeavesOutTheLogThenTheType) {
  EXPECT_EQ(text_of(job_table(three_jobs(), later), 80),
            "TYPE      NAME      STATE         PID  UUID       RUNTIME\n"
            "training  nightly   running     39832  82d00a5b  69:26:28\n"
            "training  gen-4cca  failed (3)      -  4ccabfa5  00:04:12\n"
            "training  phi4      killed          -  09f9d301  00:00:05\n");
  EXPECT_EQ(text_of(job_table(three_jobs(), later), 50),
            "NAME      STATE         PID  UUID       RUNTIME\n"
            "nightly   running     39832  82d00a5b  69:26:28\n"
            "gen-4cca  failed (3)      -  4ccabfa5  00:04:12\n"
            "phi4      killed          -  09f9d301  00:00:05\n");
}

TEST(JobTable, NeverWrapsWhateverItsJobsAreCalled) {
  std::vector<Job> jobs = three_jobs();
  jobs[0].spec.name = std::string(300, 'x') + "\n\x1b[31m\xff";
  jobs[1].spec.type = "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e";
  jobs[1].current.reason = std::string(100, 'y');
  jobs[2].spec.log_file = "/tmp/a\nb\x1b]0;evil\x07";
  for (size_t width = 1; width < 200; width++) {
    const std::vector<std::string> lines = split(text_of(job_table(jobs, later), width), '\n');
    ASSERT_EQ(lines.size(), 5U);
    for (const std::string& line : lines) {
      EXPECT_LE(display_width(line), width);
      EXPECT_EQ(line.find('\x1b'), std::string::npos);
    }
  }
}

TEST(JobTable, ColorsStatesOnly) {
  EXPECT_EQ(to_text(job_table(three_jobs(), later), Style{.colored = true, .width = 80, .home = ""}),
            "TYPE      NAME      STATE         PID  UUID       RUNTIME\n"
            "training  nightly   \x1b[32mrunning\x1b[0m     39832  82d00a5b  69:26:28\n"
            "training  gen-4cca  \x1b[31mfailed (3)\x1b[0m      -  4ccabfa5  00:04:12\n"
            "training  phi4      \x1b[2mkilled\x1b[0m          -  09f9d301  00:00:05\n");
}

TEST(JobTable, EveryStateHasItsColor) {
  EXPECT_EQ(state_color(State::running), Color::green);
  for (const State state : {State::queued, State::starting, State::paused, State::stopping})
    EXPECT_EQ(state_color(state), Color::yellow);
  for (const State state : {State::failed, State::lost}) EXPECT_EQ(state_color(state), Color::red);
  for (const State state : {State::done, State::killed}) EXPECT_EQ(state_color(state), Color::dim);
}

TEST(JobTable, AQueuedJobHasNeitherPidNorRuntime) {
  Job job = running_job();
  job.state = State::queued;
  job.current.pid = 0;
  job.current.started_at.reset();
  EXPECT_EQ(text_of(job_table({job}, later), 80),
            "TYPE      NAME     STATE   PID  UUID      RUNTIME\n"
            "training  nightly  queued    -  82d00a5b        -\n");
}

TEST(JobTable, AQueuedJobSaysWhenItRunsAndWhetherItFailedLast) {
  Job job = running_job();
  job.state = State::queued;
  job.next = later + std::chrono::hours(24 * 30);
  const std::string when = "queued (" + day_in_words(*job.next, later);
  EXPECT_EQ(state_of(job, later).text, when + ")");
  job.current.reason = "last failed";
  EXPECT_EQ(state_of(job, later).text, when + ", last failed)");
}

TEST(JobTable, PortsAreShownWhereAJobHasSome) {
  Job job = running_job();
  job.current.ports = {{"", 8501}, {"http", 8502}};
  job.listening = {8501};
  EXPECT_EQ(text_of(job_table({job}, later), 80),
            "TYPE      NAME     STATE      PID  UUID       RUNTIME  PORTS\n"
            "training  nightly  running  39832  82d00a5b  69:26:28  8501,(http=8502)\n");
}

TEST(JobTable, GpusAreShownWhereAJobHasSome) {
  Job with = running_job(), ended = running_job();
  with.current.gpus.numbers = {1, 0};
  ended.current.gpus.numbers = {2};  // nobody's now
  ended.state = ended.current.state = State::done;
  EXPECT_EQ(text_of(job_table({with}, later), 80),
            "TYPE      NAME     STATE      PID  UUID       RUNTIME  GPUS\n"
            "training  nightly  running  39832  82d00a5b  69:26:28  1,0\n");
  EXPECT_EQ(text_of(job_table({ended}, later), 80).find("GPUS"), std::string::npos);
}

TEST(JobTable, AJournalIsNoPath) {
  Job job = running_job();
  job.spec.log_kind = LogKind::journal;
  job.spec.log_file = "";
  const std::string text = text_of(job_table({job}, later), 0);
  EXPECT_TRUE(text.ends_with("  journal\n")) << text;
}

TEST(WideJobTable, ShowsEverythingAndIsNeverFitted) {
  setenv("TZ", "UTC0", 1);
  tzset();
  std::vector<Job> jobs = three_jobs();
  jobs.resize(2);
  jobs[0].spec.session = "s1";
  jobs[0].current.ports = {{"", 8501}};
  jobs[0].listening = {8501};
  jobs[0].current.gpus.numbers = {0};
  jobs[1].current.ports = {{"", 8502}};  // it has ended: nobody's now
  jobs[0].usage = Usage{.cpu_us = 25'010'812'345,
                        .memory = 4096,
                        .memory_peak = {},
                        .memory_limit = {},
                        .io_read = 1,
                        .io_written = 2,
                        .tasks = 3,
                        .net_received = 4,
                        .net_sent = 5,
                        .gpu_memory = {}};
  EXPECT_EQ(
      text_of(wide_job_table(jobs, later), 40),
      "TYPE      NAME      STATE       EXIT    PID  UUID                                  SESSION  USER   "
      "CREATED     "
      "          RUNTIME  CPU%      TIME  MEM  PEAK  READ  WRITTEN  RECEIVED  SENT  TASKS  GPUMEM  PORTS  "
      "GPUS  LOG\n"
      "training  nightly   running        -  39832  82d00a5b-5ed5-4cfd-9a75-a87e4f420b27  s1       alice  "
      "2023-11-14 "
      "22:13:19  69:26:28  10.0  06:56:50   4K     -    1B       2B        4B    5B      3       -  8501   0 "
      "    "
      "/home/alice/.local/state/jobctl/logs/training/training-82d00a5b-5ed5-4cfd-9a75-a87e4f420b27.log\n"
      "training  gen-4cca  failed (3)     3      -  4ccabfa5-604f-49c6-b5c3-730ce328d62a  -        alice  "
      "2023-11-14 "
      "22:13:19  00:04:12     -         -    -     -     -        -         -     -      -       -  -      - "
      "    "
      "/home/alice/.local/state/jobctl/logs/training/training-4ccabfa5-604f-49c6-b5c3-730ce328d62a.log\n");
  unsetenv("TZ");
  tzset();
}

TEST(WideJobTable, NamesTheSignalThatEndedIt) {
  std::vector<Job> jobs = three_jobs();
  jobs[2].current.exit.signal = 15;
  EXPECT_NE(text_of(wide_job_table(jobs, later), 0).find("killed      SIGTERM"), std::string::npos);
}

TEST(GridJobTable, IsThatOfTheInstructLabDesign) {
  std::vector<Job> jobs = {running_job("82d00a5b-5ed5-4cfd-9a75-a87e4f420b27"),
                           running_job("093ac2e9-080c-45fe-89c5-43d508d6369c")};
  for (Job& job : jobs) {
    job.spec.type = "generation";
    job.spec.log_file =
        "/Users/charliedoern/.local/share/instructlab/logs/generation/generation-" + job.spec.uuid + ".log";
  }
  jobs[1].current.pid = 50872;
  jobs[1].current.started_at = later - hours(5) - minutes(24) - seconds(56);
  EXPECT_EQ(
      to_grid(grid_job_table(jobs, later)),
      R"(+------------+-------+--------------------------------------+------------------------------------------------------------------------------------------------------------------+----------+
| Type       | PID   | UUID                                 | Log File                                                                                                         | Runtime  |
+------------+-------+--------------------------------------+------------------------------------------------------------------------------------------------------------------+----------+
| Generation | 39832 | 82d00a5b-5ed5-4cfd-9a75-a87e4f420b27 | /Users/charliedoern/.local/share/instructlab/logs/generation/generation-82d00a5b-5ed5-4cfd-9a75-a87e4f420b27.log | 69:26:28 |
| Generation | 50872 | 093ac2e9-080c-45fe-89c5-43d508d6369c | /Users/charliedoern/.local/share/instructlab/logs/generation/generation-093ac2e9-080c-45fe-89c5-43d508d6369c.log | 05:24:56 |
+------------+-------+--------------------------------------+------------------------------------------------------------------------------------------------------------------+----------+
)");
}

}  // namespace
}  // namespace jobctl
