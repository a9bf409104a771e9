#include "commands/usage.hpp"

#include <gtest/gtest.h>

#include "unit/output/jobs.hpp"
#include "unit/proc/fake_tree.hpp"

namespace jobctl {
namespace {

TEST(GpuMemory, IsThatOfAJobsProcesses) {
  const test::FakeTree tree;
  std::vector<Job> jobs = {test::running_job(),
                           test::running_job("4ccabfa5-604f-49c6-b5c3-730ce328d62a", "idle"),
                           test::running_job("09f9d301-4fd9-4045-bfda-8a56f1d96016", "gone")};
  jobs[0].usage.emplace();
  jobs[1].usage.emplace();
  const auto process = [&](int pid, const std::string& uuid) {
    tree.write(std::to_string(pid) + "/cgroup", "0::/jobctl.slice/jobctl-x-" + uuid + ".service/payload\n");
  };
  process(5, jobs[0].spec.uuid);
  process(6, jobs[0].spec.uuid);
  process(7, jobs[2].spec.uuid);
  tree.write("8/cgroup", "0::/user.slice\n");
  add_gpu_memory(jobs, {{0, 5, 100}, {1, 5, 10}, {1, 6, 1}, {0, 7, 1000}, {0, 8, 1000}, {0, 9, 1000}},
                 tree.root());
  EXPECT_EQ(jobs[0].usage->gpu_memory, 111U) << "on all GPUs";
  EXPECT_EQ(jobs[1].usage->gpu_memory, std::nullopt);
  EXPECT_FALSE(jobs[2].usage.has_value()) << "nobody looked at it";
}

TEST(Usage, NobodyLooksAtWhatHasEnded) {
  Job job =
      test::ended_job(State::done, "82d00a5b-5ed5-4cfd-9a75-a87e4f420b27", "x", std::chrono::seconds(1));
  job.current.cgroup = "/";
  note_usage(job);
  EXPECT_FALSE(job.usage.has_value());
}

}  // namespace
}  // namespace jobctl
