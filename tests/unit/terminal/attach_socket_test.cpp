#include "terminal/attach_socket.hpp"

#include <cerrno>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "terminal/protocol.hpp"
#include "unit/terminal/support.hpp"
#include "util/error.hpp"

namespace jobctl {
namespace {

class AttachSocket : public testing::Test {
 protected:
  static Errc refusal(const std::string& path) {
    try {
      listen_attach(path);
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), testing::HasSubstr(path));
      return error.code;
    }
    return {};
  }

  // A packet from one end to the other.
  static void expect_to_work(const Fd& listener, const std::string& path) {
    const std::optional<Fd> client = connect_attach(path);
    ASSERT_TRUE(client);
    const Fd peer = accept_attach(listener.get());
    ASSERT_TRUE(peer);
    ASSERT_TRUE(send_packet(client->get(), "ihello"));
    std::string packet;
    EXPECT_EQ(receive_packet(peer.get(), packet), Received::packet);
    EXPECT_EQ(packet, "ihello");
  }

  TemporaryDirectory directory_;
  std::string path_ = directory_ / "tty";
};

TEST_F(AttachSocket, CarriesPackets) {
  const Fd listener = listen_attach(path_);
  expect_to_work(listener, path_);
}

TEST_F(AttachSocket, WorksWithAPathLongerThanAnAddress) {
  std::string directory = directory_.path();
  for (int i = 0; i < 10; i++) directory += "/" + std::string(200, static_cast<char>('a' + i));
  std::filesystem::create_directories(directory);
  const Fd listener = listen_attach(directory + "/tty");
  EXPECT_TRUE(std::filesystem::is_socket(directory + "/tty"));
  expect_to_work(listener, directory + "/tty");
  const Fd again = [&] {
    Fd dead = listen_attach(directory + "/tty2");
    dead.reset();
    return listen_attach(directory + "/tty2");
  }();
  expect_to_work(again, directory + "/tty2");
}

TEST_F(AttachSocket, WorksAtEveryLengthAroundAnAddress) {
  for (size_t length = 100; length < 115; length++) {
    const std::string path = directory_ / std::string(length - directory_.path().size() - 1, 'x');
    ASSERT_EQ(path.size(), length);
    const Fd listener = listen_attach(path);
    expect_to_work(listener, path);
  }
}

TEST_F(AttachSocket, TellsANameThatIsTooLong) {
  EXPECT_EQ(refusal(directory_ / std::string(200, 'x')), Errc::failed);
  EXPECT_EQ(refusal(std::string(200, 'x')), Errc::failed);
}

TEST_F(AttachSocket, IsForTheOwnerAlone) {
  const mode_t before = umask(0);
  const Fd listener = listen_attach(path_);
  umask(before);
  struct stat status = {};
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
}

TEST_F(AttachSocket, ReplacesThatOfADeadHolder) {
  listen_attach(path_).reset();
  EXPECT_TRUE(std::filesystem::is_socket(path_));
  const Fd listener = listen_attach(path_);
  expect_to_work(listener, path_);
}

TEST_F(AttachSocket, IsNotTakenFromALiveHolder) {
  const Fd listener = listen_attach(path_);
  EXPECT_EQ(refusal(path_), Errc::refused);
  accept_attach(listener.get());  // the one that asked who listens
  expect_to_work(listener, path_);
}

TEST_F(AttachSocket, ReplacesNothingButSockets) {
  ASSERT_TRUE(write_all(Fd(open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)).get(), "precious"));
  EXPECT_EQ(refusal(path_), Errc::failed);
  EXPECT_EQ(read_file(path_), "precious");
  std::filesystem::create_symlink(path_, directory_ / "link");
  EXPECT_EQ(refusal(directory_ / "link"), Errc::failed);
}

TEST_F(AttachSocket, IsAbsentWithoutHolder) {
  EXPECT_EQ(connect_attach(path_), std::nullopt);
  listen_attach(path_).reset();
  EXPECT_EQ(connect_attach(path_), std::nullopt);
  EXPECT_EQ(connect_attach(directory_ / "no/such/directory"), std::nullopt);
  EXPECT_EQ(connect_attach(directory_ / (std::string(150, 'd') + "/tty")), std::nullopt);
}

TEST_F(AttachSocket, IsAbsentWhereAFileLies) {
  ASSERT_TRUE(write_all(Fd(open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)).get(), "file"));
  EXPECT_EQ(connect_attach(path_), std::nullopt);
}

TEST_F(AttachSocket, KeepsPacketsApart) {
  const Fd listener = listen_attach(path_);
  const std::optional<Fd> client = connect_attach(path_);
  ASSERT_TRUE(client);
  const Fd peer = accept_attach(listener.get());
  const std::string longest = "i" + std::string(max_input, 'x');
  ASSERT_TRUE(send_packet(client->get(), longest));
  ASSERT_TRUE(send_packet(client->get(), encode_size({24, 80})));
  std::string packet;
  EXPECT_EQ(receive_packet(peer.get(), packet), Received::packet);
  EXPECT_EQ(packet, longest);
  EXPECT_EQ(receive_packet(peer.get(), packet), Received::packet);
  EXPECT_EQ(decode(packet), Message(WindowSize{24, 80}));
}

TEST_F(AttachSocket, SaysWhenThereIsNothingAndWhenThePeerIsGone) {
  const Fd listener = listen_attach(path_);
  EXPECT_FALSE(accept_attach(listener.get()));
  std::optional<Fd> client = connect_attach(path_);
  ASSERT_TRUE(client);
  Fd peer = accept_attach(listener.get());
  std::string packet;
  EXPECT_EQ(receive_packet(peer.get(), packet), Received::nothing);
  client->reset();
  EXPECT_EQ(receive_packet(peer.get(), packet), Received::end);
  client = connect_attach(path_);
  ASSERT_TRUE(client);
  accept_attach(listener.get()).reset();
  EXPECT_FALSE(send_packet(client->get(), "ix"));
  EXPECT_EQ(errno, EPIPE);
}

TEST_F(AttachSocket, NeverWaitsForAHolderThatDoesNotRead) {
  const Fd listener = listen_attach(path_);
  const std::optional<Fd> client = connect_attach(path_);
  ASSERT_TRUE(client);
  const Fd peer = accept_attach(listener.get());
  const std::string packet = "i" + std::string(max_input, 'x');
  while (send_packet(client->get(), packet)) continue;
  EXPECT_EQ(errno, EAGAIN);
}

TEST_F(AttachSocket, TakesAnOverlongPacketForAnEmptyOne) {
  const Fd listener = listen_attach(path_);
  const std::optional<Fd> client = connect_attach(path_);
  ASSERT_TRUE(client);
  const Fd peer = accept_attach(listener.get());
  ASSERT_TRUE(send_packet(client->get(), std::string(max_packet + 1, 'i')));
  std::string packet;
  EXPECT_EQ(receive_packet(peer.get(), packet), Received::packet);
  EXPECT_EQ(packet, "");
}

}  // namespace
}  // namespace jobctl
