#include <gtest/gtest.h>

#include "job/job.hpp"

namespace jobctl {
namespace {

Job job_with(State state, const std::string& reason = "") {
  Job job;
  job.spec.uuid = "82d00a5b-5ed5-4cfd-9a75-a87e4f420b27";
  job.spec.commands = {{"/usr/bin/python3", "train.py"}, {"./evaluate"}};
  job.current.state = job.state = state;
  job.current.reason = reason;
  job.current.pid = 42;
  return job;
}

std::string words(const Job& job) {
  return ending_in_words(job, job.current);
}

TEST(Words, TellHowAProgramEnded) {
  Job job = job_with(State::done);
  job.current.exit.code = 0;
  EXPECT_EQ(words(job), "done: python3 exited with status 0");
  job = job_with(State::failed, "3");
  job.current.exit.code = 3;
  EXPECT_EQ(words(job), "failed: python3 exited with status 3");
  job = job_with(State::failed, "SIGSEGV");
  job.current.exit = {{}, 11, true};
  EXPECT_EQ(words(job), "failed: killed by signal 11 (SIGSEGV), core dumped (coredumpctl info 42)");
}

TEST(Words, NameTheCommandThatDecided) {
  Job job = job_with(State::failed, "1");
  job.current.exit.code = 1;
  job.current.commands = {{0, {}, false}, {1, {}, false}};
  EXPECT_EQ(words(job), "failed: evaluate exited with status 1");
}

TEST(Words, TellWhoKilledAndHow) {
  Job job = job_with(State::killed);
  job.current.exit.signal = 15;
  job.current.ended_by = "alice";
  job.current.ended_how = "jobctl kill";
  EXPECT_EQ(words(job), "killed by alice (jobctl kill)");
  job.current.exit = {};
  job.current.exit.code = 4;
  EXPECT_EQ(words(job), "killed by alice (jobctl kill), python3 exited with status 4");
  job.current.exit = {};
  job.current.ended_by.clear();
  job.current.ended_how = "systemctl stop";
  EXPECT_EQ(words(job), "killed by systemctl stop");
}

TEST(Words, TellWhyAStartFailed) {
  Job job = job_with(State::failed, "could not start");
  job.current.detail = "permission denied";
  EXPECT_EQ(words(job), "failed: could not start python3: permission denied");
  EXPECT_EQ(words(job_with(State::failed, "start interrupted")),
            "failed: its start was interrupted before the program ran");
}

TEST(Words, TellLimits) {
  Job job = job_with(State::failed, "timeout");
  job.current.exit.signal = 15;
  EXPECT_EQ(words(job), "failed: exceeded its time limit (killed by signal 15 (SIGTERM))");
  job.current.reason = "out of memory";
  EXPECT_EQ(words(job),
            "failed: out of memory, the kernel killed a process of it (killed by signal 15 (SIGTERM))");
}

TEST(Words, TellOneThatEndedBeforeItWasReadyFromOneThatTookTooLong) {
  Job job = job_with(State::failed, "not ready");
  job.current.detail = "port 80: refused";
  EXPECT_EQ(words(job), "failed: it was not ready in time: port 80: refused");
  job.current.detail = ended_unready;
  job.current.exit.code = 0;
  EXPECT_EQ(words(job), "failed: it ended before it was ready (python3 exited with status 0)");
}

TEST(Words, TellWhatToDoAboutALostJob) {
  const auto lost = [](const char* reason, bool ran) {
    Job job = job_with(State::lost, reason);
    job.current.started_at = ran ? std::optional(from_micros(1)) : std::nullopt;
    return words(job);
  };
  const std::string hint = " (restart it: jobctl restart 82d00a5b)";
  EXPECT_EQ(lost("reboot", true), "lost: the machine was rebooted while it ran" + hint);
  EXPECT_EQ(lost("reboot", false), "lost: the machine was rebooted before it ran" + hint);
  EXPECT_EQ(lost("manager", true), "lost: its service manager was killed while it ran" + hint);
  EXPECT_EQ(lost("unknown", true), "lost: its unit is gone and nobody recorded how it ended" + hint);
  EXPECT_EQ(lost("unknown", false), "lost: its timer is gone" + hint);
}

TEST(Words, AreTheStateWhileAJobIsActive) {
  EXPECT_EQ(words(job_with(State::running)), "running");
}

TEST(Words, KeepTheTerminalSaneWhateverTheProgramIsCalled) {
  Job job = job_with(State::failed, "1");
  job.spec.commands = {{"/bin/\x1b[31m\nx"}};
  job.current.exit.code = 1;
  EXPECT_EQ(words(job), "failed: \\x1b[31m\\nx exited with status 1");
}

TEST(Words, SurviveAJobWithoutCommands) {
  Job job = job_with(State::failed, "1");
  job.spec.commands = {};
  job.current.exit.code = 1;
  EXPECT_EQ(words(job), "failed: the program exited with status 1");
  job.spec.commands = {{}};
  EXPECT_EQ(words(job), "failed: the program exited with status 1");
}

}  // namespace
}  // namespace jobctl
