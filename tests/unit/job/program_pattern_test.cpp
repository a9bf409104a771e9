#include "job/program_pattern.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jobctl {
namespace {

using Argv = std::vector<std::string>;

bool runs_training(const Argv& argv, const std::string& directory = "/proj") {
  return runs({argv, "", directory}, "runners/train.py");
}

TEST(ProgramPattern, TheScriptBehindAnInterpreterIsWhatRuns) {
  for (const Argv& argv :
       {Argv{"python", "runners/train.py"},
        Argv{"/usr/bin/python3.11", "-u", "/a/b/runners/train.py", "--epochs", "3"},
        Argv{"python3", "-W", "ignore", "-X", "dev", "-Wd", "./runners/train.py"},
        Argv{"python3", "-m", "runners.train"},
        Argv{"python3", "-umrunners.train"},
        Argv{"pypy3", "--", "runners/train.py"},
        Argv{"bash", "-eo", "pipefail", "runners/train.py"},
        Argv{"./runners/train.py", "x"},
        Argv{"/opt/runners/train.py"},
        Argv{"python3", "/usr/bin/torchrun", "--nproc-per-node", "2", "runners/train.py", "--x"},
        Argv{"python3", "-m", "torch.distributed.run", "runners/train.py"},
        Argv{"python3", "-m", "cProfile", "-o", "x.prof", "runners/train.py"},
        Argv{"python3", "/usr/bin/coverage", "run", "runners/train.py"},
        Argv{"python3.13t", "runners/train.py"},
        Argv{"python3", "/usr/bin/ipython3", "runners/train.py"},
        Argv{"python3", "/usr/bin/torchrun", "--nproc-per-node", "2", "-m", "runners.train", "--x"},
        Argv{"python3", "/usr/bin/accelerate", "launch", "--module", "runners.train"},
        Argv{"python3", "--check-hash-based-pycs", "never", "runners/train.py"},
        Argv{"bash", "+x", "runners/train.py"},
        Argv{"bash", "--rcfile", "f", "runners/train.py"}})
    EXPECT_TRUE(runs_training(argv)) << testing::PrintToString(argv);
  EXPECT_TRUE(runs_training({"python3", "train.py"}, "/proj/runners"));
  EXPECT_TRUE(runs_training({"python3", "../runners/./train.py"}, "/proj/x"));
}

TEST(ProgramPattern, WhatOnlyNamesTheFileDoesNotRunIt) {
  for (const Argv& argv : {Argv{"tail", "-f", "runners/train.py"},
                           Argv{"vim", "runners/train.py"},
                           Argv{"grep", "-r", "x", "runners/train.py"},
                           Argv{"python3", "-c", "import x", "runners/train.py"},
                           Argv{"python3", "-uc", "x", "runners/train.py"},
                           Argv{"python3", "lint.py", "runners/train.py"},
                           Argv{"python3", "-m", "pdb", "runners/train.py"},
                           Argv{"python3", "-m", "black", "runners/train.py"},
                           Argv{"python3", "-", "runners/train.py"},
                           Argv{"python3", "-W", "runners/train.py"},
                           Argv{"bash", "-c", "python runners/train.py"},
                           Argv{"python3", "otherrunners/train.py"},
                           Argv{"python3", "runners/train.pyc"},
                           Argv{"python3", "runners/train.py/x"},
                           Argv{"python3", "/usr/bin/coverage", "report", "runners/train.py"},
                           Argv{"bash", "-s", "runners/train.py"},
                           Argv{"python3", "-m"},
                           Argv{"python3", "/usr/bin/torchrun", "-m"},
                           Argv{"python3", "--"},
                           Argv{"python3", "train.py"},
                           Argv{"python3"},
                           Argv{"-bash"},
                           Argv{""},
                           Argv{}})
    EXPECT_FALSE(runs_training(argv)) << testing::PrintToString(argv);
}

TEST(ProgramPattern, OtherInterpretersHaveOptionsOfTheirOwn) {
  for (const Argv& argv :
       {Argv{"node", "--import", "tsx", "--env-file", ".env", "serve.x"},
        Argv{"node", "-r", "dotenv", "serve.x"}, Argv{"java", "-Xmx2g", "-jar", "lib/serve.x", "-cp", "y"},
        Argv{"julia", "-t", "4", "serve.x"},
        Argv{"/usr/lib/R/bin/exec/R", "--no-echo", "--no-restore", "--file=serve.x", "--args", "a"},
        Argv{"Rscript", "--vanilla", "serve.x"}, Argv{"perl", "-I", "lib", "-w", "serve.x"}})
    EXPECT_TRUE(runs({argv, "", "/"}, "serve.x")) << testing::PrintToString(argv);
  EXPECT_TRUE(runs({{"java", "-cp", "x.jar", "org.example.Train"}, "", "/"}, "org.example.Train"));
  EXPECT_FALSE(runs({{"java", "-cp", "serve.x", "org.example.Train"}, "", "/"}, "serve.x"));
  EXPECT_FALSE(runs({{"node", "-e", "code", "serve.x"}, "", "/"}, "serve.x"));
}

TEST(ProgramPattern, RelativePathsDependOnWhereItBegan) {
  const auto paths = relative_paths_of;
  EXPECT_EQ(paths({"./run.sh", "x"}), Argv({"./run.sh"}));
  EXPECT_EQ(paths({"bin/python3", "train.py", "data.py"}), Argv({"bin/python3", "train.py"}));
  EXPECT_EQ(paths({"python3", "/usr/bin/torchrun", "--x", "train.py"}), Argv({"train.py"}));
  for (const Argv& argv :
       {Argv{"sleep", "1"}, Argv{"/bin/sh", "/x/run.sh"}, Argv{"python3", "-m", "train"}, Argv{}})
    EXPECT_EQ(paths(argv), Argv()) << testing::PrintToString(argv);
}

TEST(ProgramPattern, NamesPathsAndGlobs) {
  const RunningProgram server{{"llama-server", "-m", "x"}, "/opt/llama/bin/llama-server", "/"};
  for (const char* pattern :
       {"llama-server", "llama-*", "bin/llama-server", "/opt/llama/bin/llama-server", "/opt/*/bin/*"})
    EXPECT_TRUE(runs(server, pattern)) << pattern;
  for (const char* pattern :
       {"llama", "server", "/llama-server", "/opt/*", "lib/llama-server", "x", "-m", ""})
    EXPECT_FALSE(runs(server, pattern)) << pattern;
}

TEST(ProgramPattern, ExecutablesHaveOneNameInAnyCase) {
  const RunningProgram server{{"./Llama-Server"}, "/opt/other", "/"};
  EXPECT_TRUE(has_executable(server, "llama-server"));
  EXPECT_TRUE(has_executable(server, "OTHER"));
  EXPECT_FALSE(has_executable(server, "llama"));
  EXPECT_FALSE(has_executable({{"game-server"}, "", ""}, "server"));
  EXPECT_FALSE(has_executable({}, "server"));
}

TEST(ProgramPattern, MentionsLookAtTheWholeLine) {
  EXPECT_TRUE(mentions({{"tail", "-f", "runners/train.py"}, "", ""}, "-f runners/"));
  EXPECT_FALSE(mentions({{"tail"}, "", ""}, "head"));
}

TEST(ProgramPattern, PythonsWorkersAreKnown) {
  EXPECT_TRUE(is_python_worker({{"/usr/bin/python3", "-c", "from multiprocessing.spawn import spawn_main; …",
                                 "--multiprocessing-fork"},
                                "",
                                ""}));
  EXPECT_TRUE(is_python_worker(
      {{"python3.12", "-c", "from multiprocessing.resource_tracker import main;main(5)"}, "", ""}));
  EXPECT_TRUE(is_python_worker(
      {{"python3", "-m", "joblib.externals.loky.backend.popen_loky_posix", "--process-name", "x"}, "", ""}));
  EXPECT_FALSE(is_python_worker({{"python3", "train.py"}, "", ""}));
  EXPECT_FALSE(is_python_worker({{"python3", "serve.py", "--multiprocessing-fork"}, "", ""}));
  EXPECT_FALSE(is_python_worker({{"python3", "-c", "from multiprocessing.managers import x"}, "", ""}));
  EXPECT_FALSE(is_python_worker({{"grep", "--multiprocessing-fork"}, "", ""}));
  EXPECT_FALSE(is_python_worker({}));
}

}  // namespace
}  // namespace jobctl
