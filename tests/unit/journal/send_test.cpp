#include "journal/send.hpp"

#include <cstdlib>
#include <filesystem>
#include <random>
#include <set>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "util/fd.hpp"

namespace jobctl {
namespace {

JobSpec job() {
  JobSpec spec;
  spec.uuid = "82d00a5b-5ed5-4cfd-9a75-a87e4f420b27";
  spec.name = "nightly";
  spec.type = "training";
  spec.session = "s1";
  spec.unit = "jobctl-training-82d00a5b-5ed5-4cfd-9a75-a87e4f420b27.service";
  return spec;
}

JournalEntry entry() {
  return {.message_id = message_ended, .message = "nightly ended", .run = 3};
}

using Fields = std::multimap<std::string, std::string>;

// journald's side of the native protocol.
Fields decode(std::string_view data) {
  Fields fields;
  while (!data.empty()) {
    const size_t name_end = data.find_first_of("=\n");
    if (name_end == std::string_view::npos) return {{"error", "no end of name"}};
    const std::string name(data.substr(0, name_end));
    const bool binary = data[name_end] == '\n';
    data.remove_prefix(name_end + 1);
    size_t size = data.find('\n');
    if (binary) {
      size = 0;
      for (size_t i = 0; i < 8; ++i)
        size |= static_cast<size_t>(static_cast<unsigned char>(data[i])) << (8 * i);
      data.remove_prefix(8);
    }
    if (size >= data.size() || data[size] != '\n') return {{"error", "no end of " + name}};
    fields.emplace(name, data.substr(0, size));
    data.remove_prefix(size + 1);
  }
  return fields;
}

TEST(EncodeEvent, SaysEverythingAboutTheJob) {
  const Fields expected = {{"MESSAGE", "nightly ended"},
                           {"MESSAGE_ID", "d80688dab1f04da989beeba68615459b"},
                           {"PRIORITY", "6"},
                           {"SYSLOG_IDENTIFIER", "jobctl"},
                           {"JOBCTL_UUID", job().uuid},
                           {"JOBCTL_NAME", "nightly"},
                           {"JOBCTL_TYPE", "training"},
                           {"JOBCTL_SESSION", "s1"},
                           {"JOBCTL_RUN", "3"},
                           {"JOBCTL_UNIT", job().unit},
                           {"USER_UNIT", job().unit}};
  EXPECT_EQ(decode(encode_event(job(), entry(), false)), expected);
}

TEST(EncodeEvent, NamesTheUnitAsTheSystemsJournalctlSearchesIt) {
  const Fields fields = decode(encode_event(job(), entry(), true));
  EXPECT_EQ(fields.find("UNIT")->second, job().unit);
  EXPECT_EQ(fields.find("OBJECT_SYSTEMD_UNIT")->second, job().unit);
  EXPECT_EQ(fields.count("USER_UNIT"), 0U);
}

TEST(EncodeEvent, AddsFurtherFields) {
  JournalEntry failed = entry();
  failed.priority = LOG_WARNING;
  failed.fields = {{"JOBCTL_STATE", "failed"}, {"EXIT_STATUS", "3"}};
  const Fields fields = decode(encode_event(job(), failed, false));
  EXPECT_EQ(fields.find("JOBCTL_STATE")->second, "failed");
  EXPECT_EQ(fields.find("EXIT_STATUS")->second, "3");
  EXPECT_EQ(fields.find("PRIORITY")->second, "4");
}

TEST(EncodeEvent, LeavesOutASessionThatIsNone) {
  JobSpec alone = job();
  alone.session.clear();
  EXPECT_EQ(decode(encode_event(alone, entry(), false)).count("JOBCTL_SESSION"), 0U);
}

TEST(EncodeEvent, CannotBeGivenFieldsThroughAName) {
  JobSpec hostile = job();
  hostile.name = "x\nPRIORITY=0\nJOBCTL_UUID=other";
  const Fields fields = decode(encode_event(hostile, entry(), false));
  EXPECT_EQ(fields.find("JOBCTL_NAME")->second, hostile.name);
  EXPECT_EQ(fields.count("PRIORITY"), 1U);
  EXPECT_EQ(fields.count("JOBCTL_UUID"), 1U);
}

TEST(EncodeEvent, KeepsAnyBytesOfNames) {
  std::mt19937 random(8);
  for (int i = 0; i < 2000; ++i) {
    JobSpec hostile = job();
    hostile.name.assign(random() % 300, '\0');
    for (char& c : hostile.name) c = random() % 4 == 0 ? '\n' : static_cast<char>(random());
    ASSERT_EQ(decode(encode_event(hostile, entry(), false)).find("JOBCTL_NAME")->second, hostile.name);
  }
}

TEST(EncodeEvent, MakesMessagesValidUtf8) {
  JournalEntry broken = entry();
  broken.message = "a\xff";
  EXPECT_EQ(decode(encode_event(job(), broken, false)).find("MESSAGE")->second, "a\xef\xbf\xbd");
}

TEST(MessageIds, AreIdsAndDiffer) {
  const std::set<std::string_view> ids = {message_started, message_ended, message_kill_requested,
                                          message_restarted, message_flushed};
  EXPECT_EQ(ids.size(), 5U);
  for (const std::string_view id : ids) {
    EXPECT_EQ(id.size(), 32U);
    EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string_view::npos);
  }
}

class SendDatagram : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/jobctl-journal-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    directory_ = name;
    path_ = directory_ + "/socket";
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  Fd listen() const {
    Fd fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    return fd;
  }

  std::string directory_, path_;
};

TEST_F(SendDatagram, ArrivesAsOne) {
  const Fd journald = listen();
  EXPECT_TRUE(send_datagram("MESSAGE=a\n", path_));
  char buffer[100];
  EXPECT_EQ(std::string(buffer, static_cast<size_t>(recv(journald.get(), buffer, sizeof buffer, 0))),
            "MESSAGE=a\n");
}

TEST_F(SendDatagram, SaysWhenJournaldIsAbsent) {
  EXPECT_FALSE(send_datagram("MESSAGE=a\n", path_));
  listen();  // gone again, its socket file is left
  EXPECT_FALSE(send_datagram("MESSAGE=a\n", path_));
  EXPECT_FALSE(send_datagram("MESSAGE=a\n", path_ + std::string(200, 'x')));
}

TEST_F(SendDatagram, DoesNotWaitForAStuckJournald) {
  const Fd journald = listen();
  bool sent = true;
  for (int i = 0; i < 100000 && sent; ++i) sent = send_datagram(std::string(1000, 'x'), path_);
  EXPECT_FALSE(sent);
}

}  // namespace
}  // namespace jobctl
