#include "proc/usage.hpp"

#include <algorithm>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit/proc/fake_tree.hpp"
#include "util/fd.hpp"

namespace jobctl {
namespace {

// A unit "/u.service" with its payload, and processes, of plain files.
class UsageOfAUnit : public testing::Test {
 protected:
  UsageOfAUnit() { payload("cpu.stat", "usage_usec 1500000\n"); }

  void unit(const std::string& file, const std::string& text) const {
    tree.write("cg/u.service/" + file, text);
  }
  void payload(const std::string& file, const std::string& text) const { unit("payload/" + file, text); }
  void process(int pid, int threads, int pages, const std::string& io) const {
    const std::string directory = "proc/" + std::to_string(pid);
    tree.write(directory + "/stat", std::to_string(pid) + " (x) S 7 5 5 0 -1 0 1 2 3 4 250 50 0 0 20 0 " +
                                        std::to_string(threads) + " 0 100 4096 " + std::to_string(pages) +
                                        " 1844 1 1 0\n");
    if (!io.empty()) tree.write(directory + "/io", io);
  }
  std::optional<Usage> read() const {
    const std::string root = tree.path("cg"), proc = tree.path("proc");
    const Cgroup cgroup("/u.service", root, proc);
    return read_usage(cgroup, cgroup.controllers(), Cgroup("/u.service/payload", root, proc), proc);
  }

  const std::string io_file =
      "rchar: 9\nwchar: 9\nsyscr: 9\nsyscw: 9\nread_bytes: 4096\nwrite_bytes: 8192\ncancelled_write_bytes: "
      "9\n";
  const uint64_t page = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  test::FakeTree tree;
};

TEST_F(UsageOfAUnit, IsWhatItsCgroupCounts) {
  unit("cgroup.controllers", "cpu io memory pids\n");
  unit("memory.current", "4096\n");
  unit("memory.peak", "8192\n");
  unit("memory.max", "max\n");
  unit("pids.current", "3\n");
  unit("io.stat", "8:0 rbytes=100 wbytes=20 rios=1\n");
  payload("cgroup.procs", "5\n");
  process(5, 9, 9, io_file);
  const Usage usage = read().value();
  EXPECT_EQ(usage.cpu_us, 1'500'000U);
  EXPECT_EQ(usage.memory, 4096U);
  EXPECT_EQ(usage.memory_peak, 8192U);
  EXPECT_EQ(usage.memory_limit, std::nullopt);
  EXPECT_EQ(usage.tasks, 3U);
  EXPECT_EQ(usage.io_read, 100U);
  EXPECT_EQ(usage.io_written, 20U);
  for (const UsageOrigin origin : {usage.memory_origin, usage.tasks_origin, usage.io_origin})
    EXPECT_EQ(origin, UsageOrigin::cgroup);
  EXPECT_EQ(usage.net_received, std::nullopt);
  EXPECT_EQ(usage.gpu_memory, std::nullopt);
}

TEST_F(UsageOfAUnit, IsWhatItsProcessesSayWithoutControllers) {
  payload("cgroup.procs", "5\n6\n99\n");
  payload("below/cgroup.procs", "7\n");
  process(5, 1, 10, io_file);
  process(6, 4, 20, "");
  process(7, 2, 30, io_file);
  const Usage usage = read().value();
  EXPECT_EQ(usage.memory, 60 * page);
  EXPECT_EQ(usage.memory_peak, std::nullopt);
  EXPECT_EQ(usage.tasks, 7U);
  EXPECT_EQ(usage.io_read, 8192U) << "of those whom we may look into";
  EXPECT_EQ(usage.io_written, 16384U);
  for (const UsageOrigin origin : {usage.memory_origin, usage.tasks_origin, usage.io_origin})
    EXPECT_EQ(origin, UsageOrigin::processes);
}

TEST_F(UsageOfAUnit, EachFigureHasAnOriginOfItsOwn) {
  unit("cgroup.controllers", "cpu memory\n");
  unit("memory.current", "4096\n");
  payload("cgroup.procs", "5\n");
  process(5, 2, 10, io_file);
  const Usage usage = read().value();
  EXPECT_EQ(usage.memory, 4096U);
  EXPECT_EQ(usage.memory_origin, UsageOrigin::cgroup);
  EXPECT_EQ(usage.tasks, 2U);
  EXPECT_EQ(usage.tasks_origin, UsageOrigin::processes);
  EXPECT_EQ(usage.io_read, 4096U);
  EXPECT_EQ(usage.io_origin, UsageOrigin::processes);
}

TEST_F(UsageOfAUnit, IoIsUnknownWhereNoProcessMayBeLookedInto) {
  payload("cgroup.procs", "5\n");
  process(5, 1, 10, "");
  EXPECT_EQ(read()->io_read, std::nullopt);
  process(5, 1, 10, "read_bytes:4096\nread_bytes: x\nwrite_bytes:\n");
  EXPECT_EQ(read()->io_read, std::nullopt);
  EXPECT_EQ(read()->io_written, std::nullopt);
}

TEST_F(UsageOfAUnit, IsNothingWhereThePayloadIsGone) {
  tree.remove("cg/u.service/payload");
  EXPECT_FALSE(read().has_value());
}

TEST_F(UsageOfAUnit, TrafficIsThatOfItAndOfAllBelow) {
  payload("cgroup.procs", "");
  payload("a/b/cgroup.procs", "");
  const std::string root = tree.path("cg");
  const Cgroup payload_cgroup("/u.service/payload", root);
  const std::unordered_map<uint64_t, Traffic> traffic = {
      {payload_cgroup.id(), {1, 10}},
      {Cgroup("/u.service/payload/a/b", root).id(), {2, 20}},
      {Cgroup("/u.service", root).id(), {100, 100}},
      {0, {1000, 1000}},
  };
  Usage usage;
  add_traffic(usage, payload_cgroup, traffic);
  EXPECT_EQ(usage.net_received, 3U);
  EXPECT_EQ(usage.net_sent, 30U);
  add_traffic(usage, payload_cgroup, {});
  EXPECT_EQ(usage.net_received, 0U) << "known to be nothing";
}

TEST_F(UsageOfAUnit, JobsAreKnownByTheUnitOfTheirProcesses) {
  const std::string uuid = "82d00a5b-5ed5-4cfd-9a75-a87e4f420b27";
  const auto job_in = [&](const std::string& cgroup) {
    tree.write("proc/5/cgroup", "0::" + cgroup + "\n");
    return job_of_process(5, tree.path("proc"));
  };
  EXPECT_EQ(job_in("/jobctl.slice/jobctl-x-" + uuid + ".service/payload"), uuid);
  EXPECT_EQ(job_in("/a/jobctl-x-" + uuid + ".scope/payload/b/c"), uuid);
  EXPECT_EQ(job_in("/user.slice/x.service"), std::nullopt);
  EXPECT_EQ(job_of_process(6, tree.path("proc")), std::nullopt);
}

// A connection of this process with itself.
class Connection {
 public:
  Connection() {
    const Fd listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size);
    listen(listener.get(), 1);
    getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size);
    client_ = Fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    connect(client_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
    server_ = Fd(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  }

  bool move(size_t bytes) const {
    std::string data(bytes, 'x');
    return write_all(client_.get(), data) &&
           recv(server_.get(), data.data(), bytes, MSG_WAITALL) == static_cast<ssize_t>(bytes);
  }

 private:
  Fd client_, server_;
};

TEST(Traffic, CountsWhatWentOverConnections) {
  const Connection connection;
  const auto before = traffic_by_cgroup();
  if (!before) GTEST_SKIP() << "this kernel doesn't tell whose connections there are";
  ASSERT_TRUE(connection.move(50'000));
  const auto after = traffic_by_cgroup();
  ASSERT_TRUE(after.has_value());
  const bool grew = std::any_of(after->begin(), after->end(), [&](const auto& entry) {
    const auto then = before->find(entry.first);
    return then != before->end() && entry.second.received >= then->second.received + 50'000 &&
           entry.second.sent >= then->second.sent + 50'000;
  });
  EXPECT_TRUE(grew) << "our own cgroup's";
}

}  // namespace
}  // namespace jobctl
