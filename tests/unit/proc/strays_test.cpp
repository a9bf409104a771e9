#include "proc/strays.hpp"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace jobctl {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

using Argv = std::vector<std::string>;

constexpr uid_t alice = 1000, bob = 1001;

// A machine with an init, a user's service manager, and whoever is added.
class Strays : public testing::Test {
 protected:
  Strays() {
    add(1, 0, {"/sbin/init"}).user = 0;
    add(20, 1, {"/usr/lib/systemd/systemd", "--user"}).process.name = "systemd";
    add(90, 20, {"-bash"});
    add(99, 90, {"jobctl", "cleanup"});
    search.patterns.programs = {"runners/train.py"};
    search.user = alice;
    search.self = 99;
  }

  TableEntry& add(pid_t pid, pid_t parent, const Argv& argv, pid_t group = 0, pid_t session = 0) {
    TableEntry& entry = table.emplace_back();
    entry.process.pid = pid;
    entry.process.parent = parent;
    entry.process.group = group ? group : pid;
    entry.process.session = session ? session : 90;
    entry.process.state = 'S';
    entry.process.argv = argv;
    entry.process.start_ticks = static_cast<uint64_t>(pid);
    entry.user = alice;
    entry.executable = argv.empty() ? "" : "/usr/bin/" + argv[0].substr(argv[0].rfind('/') + 1);
    entry.directory = "/nowhere";
    return entry;
  }

  std::vector<std::pair<pid_t, std::string>> found() const {
    std::vector<std::pair<pid_t, std::string>> all;
    for (const Stray& stray : find_strays(table, search).strays)
      all.emplace_back(stray.entry.process.pid, to_string(stray.role));
    return all;
  }

  const Argv train = {"python3", "runners/train.py"};
  std::vector<TableEntry> table;
  StraySearch search;
};

TEST_F(Strays, AFamilyIsWhoeverDescends) {
  add(300, 90, train);
  add(301, 300, train);
  add(302, 301, {"sh", "-c", "sleep"});
  add(303, 302, {"sleep"});
  add(310, 90, {"tail", "-f", "runners/train.py"});
  EXPECT_THAT(found(),
              ElementsAre(Pair(300, "main"), Pair(301, "worker"), Pair(302, "worker"), Pair(303, "worker")));
}

TEST_F(Strays, WhoAskedIsSparedButNotItsOtherChildren) {
  add(300, 90, train);
  table[2].process.parent = 300;  // the shell was started by the training
  add(301, 300, {"sleep"});
  EXPECT_THAT(found(), IsEmpty());
  table[2].process.parent = 20;
  EXPECT_THAT(found(), ElementsAre(Pair(300, "main"), Pair(301, "worker")));
}

TEST_F(Strays, OthersZombiesKernelThreadsAndJobsAreNotFound) {
  add(300, 90, train).process.state = 'Z';
  add(301, 90, train).user = bob;
  add(302, 2, {});
  add(303, 20, train);
  add(304, 303, {"sleep"});
  add(305, 20, train).user = bob;
  search.of_jobs = {303, 304, 305};
  EXPECT_THAT(found(), IsEmpty());
  const auto left_alone = find_strays(table, search).left_alone;
  ASSERT_EQ(left_alone.size(), 1U);
  EXPECT_EQ(left_alone[0].process.pid, 301);
}

TEST_F(Strays, AGroupIsTheFamilysWhereOneOfItLeads) {
  add(300, 90, train, 300);
  add(301, 20, {"tool"}, 300);        // lost its parent
  add(302, 90, {"tee", "log"}, 300);  // somebody else's child
  add(303, 20, {"other"}, 303, 300);  // of a session that the training leads
  EXPECT_THAT(found(), ElementsAre(Pair(300, "main"), Pair(301, "orphan"), Pair(303, "orphan")));
}

TEST_F(Strays, WhereTheLeaderIsGoneOnlyTheSameProgramIsKin) {
  add(300, 20, train, 200);
  add(301, 20, {"python3", "-c", "x"}, 200);
  add(302, 20, {"tail", "-f", "log"}, 200);
  add(303, 20, {"python3", "serve.py"}, 200);  // what else was started there
  add(304, 20, {"python3", "-c", "from multiprocessing.spawn import spawn_main; …"}, 200);
  EXPECT_THAT(found(), ElementsAre(Pair(300, "main"), Pair(304, "orphan")));
  add(200, 90, {"sh", "run.sh"});  // a script that lives leads others, too
  EXPECT_THAT(found(), ElementsAre(Pair(300, "main")));
}

TEST_F(Strays, AServiceOfSomebodyElseIsLeftToSystemctl) {
  TableEntry& service = add(300, 20, train);
  service.cgroup = "/user.slice/app.slice/mine.service";
  service.environment = {"SYSTEMD_EXEC_PID=300"};
  add(301, 300, train).cgroup = "/user.slice/app.slice/mine.service";
  TableEntry& by_hand = add(310, 90, train, 310, 91);  // in a terminal that is a service
  by_hand.cgroup = "/user.slice/app.slice/terminal.service";
  by_hand.environment = {"SYSTEMD_EXEC_PID=80"};
  EXPECT_THAT(found(), ElementsAre(Pair(310, "main")));
}

TEST_F(Strays, AServiceThatRunsItBehindAWrapperIsASystemctlMatterToo) {
  const std::string cgroup = "/user.slice/app.slice/mine.service";
  add(300, 20, {"sh", "-c", "python3 runners/train.py | tee log"}, 300, 300).cgroup = cgroup;
  add(301, 300, train, 300, 300).cgroup = cgroup + "/main";
  add(302, 301, train, 302, 302).cgroup = cgroup + "/workers";
  table.back().environment = {};
  search.service_mains = {300};  // as its manager says
  EXPECT_THAT(found(), IsEmpty());
  search.service_mains.clear();
  for (TableEntry& entry : table) entry.environment = {"SYSTEMD_EXEC_PID=300"};
  EXPECT_THAT(found(), IsEmpty());
  for (TableEntry& entry : table) entry.cgroup = cgroup + "/container.scope";
  EXPECT_THAT(found(), ElementsAre(Pair(301, "main"), Pair(302, "worker")));
}

TEST_F(Strays, WhatCronStartsIsNotTheServiceCron) {
  add(290, 1, {"cron", "-f"}, 290, 290).cgroup = "/system.slice/cron.service";
  table.back().environment = {"SYSTEMD_EXEC_PID=290"};
  add(300, 290, train, 300, 300).cgroup = "/system.slice/cron.service";
  table.back().environment = {"SYSTEMD_EXEC_PID=290"};
  EXPECT_THAT(found(), ElementsAre(Pair(300, "main")));
}

TEST_F(Strays, AContainersProcessesAreItsOwn) {
  add(300, 20, train).is_in_container = true;
  EXPECT_THAT(found(), IsEmpty());
  EXPECT_EQ(find_strays(table, search).left_alone.size(), 1U);
}

TEST_F(Strays, ARunThatCleansUpBeforeItBeginsSparesItself) {
  add(300, 90, {"python3", "/usr/bin/torchrun", "runners/train.py"});
  add(301, 300, train);
  add(302, 300, train);  // another rank
  add(303, 302, train);
  table[3].process.parent = 301;
  add(310, 90, train);
  EXPECT_THAT(found(), ElementsAre(Pair(310, "main")));
}

TEST_F(Strays, HelpersOfAFamilyMakeNobodyElseKin) {
  add(300, 20, train, 500, 500);
  add(301, 300, {"sh", "-c", "nvidia-smi >gpu.log"}, 500, 500);
  add(302, 300, {"tail", "-f", "gpu.log"}, 500, 500);
  add(310, 20, {"sh", "-c", "rsync"}, 500, 500);
  add(311, 20, {"tail", "-f", "app.log"}, 500, 500);
  EXPECT_THAT(found(), ElementsAre(Pair(300, "main"), Pair(301, "worker"), Pair(302, "worker")));
}

TEST_F(Strays, AMarkIsOfOneFamily) {
  search.marks = {"RUN"};
  add(300, 90, train).environment = {"RUN=7"};
  add(301, 20, {"helper"}).environment = {"RUN=7"};
  add(302, 20, {"helper"}).environment = {"RUN=8"};
  add(303, 90, {"helper"}).environment = {"RUN=7"};  // its parent lives
  EXPECT_THAT(found(), ElementsAre(Pair(300, "main"), Pair(301, "orphan")));
}

TEST_F(Strays, TheServiceManagerIsNobodysStray) {
  table[1].cgroup = "/user.slice/user@1000.service/init.scope";
  search.patterns.programs = {"systemd"};
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(Strays, SpawnedWorkersAreKnownByWhereTheyWork) {
  const auto folder = std::filesystem::temp_directory_path() / ("jobctl-strays-" + std::to_string(getpid()));
  std::filesystem::create_directories(folder / "runners");
  std::ofstream(folder / "runners" / "train.py") << "\n";
  const Argv worker = {"python3", "-c", "from multiprocessing.spawn import spawn_main; …",
                       "--multiprocessing-fork"};
  add(300, 20, worker).directory = folder;
  add(301, 300, {"sleep"});
  add(302, 90, worker).directory = folder;  // its parent lives
  add(303, 20, worker);                     // elsewhere
  add(304, 20, {"python3", "lint.py"}).directory = folder;
  EXPECT_THAT(found(), ElementsAre(Pair(300, "orphan"), Pair(301, "worker")));
  for (const std::string& pattern : {folder.string() + "/runners/train.py", std::string("runners/*.py")}) {
    search.patterns.programs = {pattern};
    EXPECT_THAT(found(), ElementsAre(Pair(300, "orphan"), Pair(301, "worker"))) << pattern;
  }
  search.patterns.programs = {"train.py"};  // a name says nothing of a place
  EXPECT_THAT(found(), IsEmpty());
  search.patterns.programs = {"runners/train.py"};
  for (TableEntry& entry : table)
    if (entry.directory == folder) entry.directory = folder / "runners";
  EXPECT_THAT(found(), ElementsAre(Pair(300, "orphan"), Pair(301, "worker")));
  for (TableEntry& entry : table)
    if (entry.directory == folder / "runners") entry.directory = folder.parent_path();
  search.patterns.programs = {folder.string() + "/runners/train.py"};  // too far above
  EXPECT_THAT(found(), IsEmpty());
  std::filesystem::remove_all(folder);
}

TEST_F(Strays, MarkersNamesAndTexts) {
  add(300, 90, {"a"}).environment = {"RUN=1", "X=RUN=2"};
  add(301, 90, {"b"}).environment = {"RUN=12", "RUNS=1"};
  add(302, 90, {"Llama-Server", "-m", "x.gguf"});
  search.patterns = {.programs = {}, .executables = {"llama-server"}, .texts = {}, .markers = {"RUN=1"}};
  EXPECT_THAT(found(), ElementsAre(Pair(300, "main"), Pair(302, "main")));
  search.patterns = {.programs = {}, .executables = {}, .texts = {"x.gguf"}, .markers = {"RUN"}};
  EXPECT_THAT(found(), ElementsAre(Pair(300, "main"), Pair(301, "main"), Pair(302, "main")));
}

TEST_F(Strays, WhatTheFamilyLeavesIsKnownByThoseThatWereFoundBefore) {
  add(300, 20, train, 300);
  search.earlier = find_strays(table, search).strays;
  table.pop_back();
  add(301, 20, {"python3", "-c", "x"}, 300);
  EXPECT_THAT(found(), ElementsAre(Pair(301, "orphan")));
  // Its PID is somebody else's by now.
  TableEntry& other = add(300, 90, {"vim"}, 300);
  other.process.start_ticks = 5000;
  add(302, 300, {"sh"});
  EXPECT_THAT(found(), IsEmpty());
}

}  // namespace
}  // namespace jobctl
