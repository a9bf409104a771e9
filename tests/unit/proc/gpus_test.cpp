#include "proc/gpus.hpp"

#include <cstdlib>
#include <fstream>

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include "util/error.hpp"

namespace jobctl {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

// The stand-in of tests/fakes, loaded before anybody asks for a library of its name.
class Gpus : public testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(dlopen(JOBCTL_FAKE_NVML_LIBRARY, RTLD_NOW)) << dlerror(); }

  void SetUp() override { setenv("JOBCTL_FAKE_NVML", path_.c_str(), 1); }
  void TearDown() override {
    unlink(path_.c_str());
    unsetenv("JOBCTL_FAKE_NVML");
  }

  void has(const std::string& text) const { std::ofstream(path_) << text; }

  static std::string problem() {
    try {
      list_gpus();
    } catch (const Error& error) {
      EXPECT_NE(error.hint, "");
      return error.what();
    }
    return "";
  }

  const std::string path_ = testing::TempDir() + "jobctl-gpus-" + std::to_string(getpid());
};

TEST_F(Gpus, AreTold) {
  has("gpu 81920 1024 NVIDIA H100\ngpu 24576 0 NVIDIA L4\nprocess 1 42 100\n");
  const std::vector<Gpu> gpus = list_gpus();
  ASSERT_EQ(gpus.size(), 2U);
  EXPECT_EQ(gpus[0].index, 0U);
  EXPECT_EQ(gpus[0].name, "NVIDIA H100");
  EXPECT_EQ(gpus[0].uuid, "GPU-0");
  EXPECT_EQ(gpus[0].memory_total, uint64_t{80} << 30);
  EXPECT_EQ(gpus[0].memory_used, uint64_t{1} << 30);
  EXPECT_THAT(gpus[0].processes, IsEmpty());
  ASSERT_EQ(gpus[1].processes.size(), 1U);
  EXPECT_EQ(gpus[1].processes[0].pid, 42);
}

TEST_F(Gpus, OneThatCannotBeReachedKeepsItsNumber) {
  has("lost\ngpu 24576 0 NVIDIA L4\nprocess 1 42 100\n");
  const std::vector<Gpu> gpus = list_gpus();
  ASSERT_EQ(gpus.size(), 2U);
  EXPECT_EQ(gpus[0].problem, "GPU is lost");
  EXPECT_EQ(gpus[1].index, 1U);
  EXPECT_EQ(gpus[1].problem, "");
  ASSERT_EQ(gpu_processes().size(), 1U);
  EXPECT_EQ(gpu_processes()[0].gpu, 1U);
}

TEST_F(Gpus, WhyThereAreNoneIsTold) {
  EXPECT_EQ(problem(), "this machine has no NVIDIA driver that works (NVML: Driver Not Loaded)");
  EXPECT_THAT(gpu_processes(), IsEmpty());
  has("");
  EXPECT_EQ(problem(), "this machine has no NVIDIA GPU");
  has("error 999\n");
  EXPECT_THAT(problem(), HasSubstr("Unknown Error"));
  EXPECT_THAT(gpu_processes(), IsEmpty());
}

TEST_F(Gpus, TellsTheMemoryOfEachProcess) {
  has("gpu 100 0 A\ngpu 100 0 B\n"
      "process 0 42 3\nprocess 0 42 3 graphics\nprocess 1 42 4\nprocess 0 7 50\nprocess 1 43 - graphics\n");
  const std::vector<GpuProcess> processes = gpu_processes();
  EXPECT_EQ(processes.size(), 4U) << "one that computes and draws is one";
  for (const GpuProcess& process : processes)
    EXPECT_EQ(process.memory == 0, process.pid == 43) << "not available";
}

TEST_F(Gpus, TheListOfProcessesMayBeLong) {
  std::string text = "gpu 100 0 A\n";
  for (int pid = 1; pid <= 1000; ++pid) text += "process 0 " + std::to_string(pid) + " 1\n";
  has(text);
  EXPECT_EQ(gpu_processes().size(), 1000U);
}

}  // namespace
}  // namespace jobctl
