#include "bus/connect.hpp"

#include <cstdlib>
#include <filesystem>
#include <optional>

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "util/error.hpp"
#include "util/fd.hpp"

namespace jobctl {
namespace {

using testing::HasSubstr;
using testing::Not;

// An environment variable for the length of a test.
class Variable {
 public:
  Variable(const char* name, const std::optional<std::string>& value) : name_(name) {
    if (const char* present = getenv(name)) before_ = present;
    set(value);
  }
  ~Variable() { set(before_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  void set(const std::optional<std::string>& value) {
    if (value)
      setenv(name_, value->c_str(), 1);
    else
      unsetenv(name_);
  }

  const char* name_;
  std::optional<std::string> before_;
};

class ConnectTest : public testing::Test {
 protected:
  ConnectTest() {
    if (mkdtemp(runtime_.data()) == nullptr) throw std::runtime_error("mkdtemp");
  }
  ~ConnectTest() override { std::filesystem::remove_all(runtime_); }

  Error failure() {
    try {
      const BusPtr bus = connect_manager(Manager::user);
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "it connected";
    return {Errc::failed, ""};
  }

  // A socket that somebody bound and left.
  void leave_socket(const std::string& path) {
    const Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }

  std::string runtime_ = "/tmp/jobctl-connect-XXXXXX";
};

TEST_F(ConnectTest, SaysWhatIsMissingAndWhatToDo) {
  const Variable runtime("XDG_RUNTIME_DIR", runtime_), session("DBUS_SESSION_BUS_ADDRESS", std::nullopt);
  const Error error = failure();
  EXPECT_EQ(error.code, Errc::no_manager);
  EXPECT_THAT(error.what(), HasSubstr("can't reach the user manager of "));
  EXPECT_NE(error.hint, "");
  if (access("/run/systemd/system", F_OK) == 0)
    EXPECT_THAT(error.what(), HasSubstr("no D-Bus socket in " + runtime_));
  else
    EXPECT_THAT(error.what(), HasSubstr("not booted with systemd"));
}

TEST_F(ConnectTest, NamesTheAddressThatDidNotWork) {
  const Variable runtime("XDG_RUNTIME_DIR", runtime_),
      session("DBUS_SESSION_BUS_ADDRESS", "unix:path=" + runtime_ + "/nobody");
  const Error error = failure();
  EXPECT_EQ(error.code, Errc::no_manager);
  EXPECT_THAT(error.what(), HasSubstr("unix:path=" + runtime_ + "/nobody"));
}

TEST_F(ConnectTest, SurvivesAnAddressThatIsNone) {
  const Variable runtime("XDG_RUNTIME_DIR", runtime_), session("DBUS_SESSION_BUS_ADDRESS", "garbage");
  EXPECT_EQ(failure().code, Errc::no_manager);
}

TEST_F(ConnectTest, NamesASocketThatNobodyListensOn) {
  leave_socket(runtime_ + "/bus");
  const Variable runtime("XDG_RUNTIME_DIR", runtime_), session("DBUS_SESSION_BUS_ADDRESS", std::nullopt);
  const Error error = failure();
  EXPECT_EQ(error.code, Errc::no_manager);
  EXPECT_THAT(error.what(), HasSubstr(runtime_ + "/bus: connection refused"));
}

TEST_F(ConnectTest, PrefersTheUsersOwnBusToTheSessionsAddress) {
  leave_socket(runtime_ + "/bus");
  const Variable runtime("XDG_RUNTIME_DIR", runtime_),
      session("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nobody");
  EXPECT_THAT(failure().what(), Not(HasSubstr("/nobody")));
}

TEST_F(ConnectTest, FallsBackToTheManagersOwnSocket) {
  std::filesystem::create_directory(runtime_ + "/systemd");
  const std::string path = runtime_ + "/systemd/private";
  const Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(listen(fd.get(), 1), 0);
  const Variable runtime("XDG_RUNTIME_DIR", runtime_), session("DBUS_SESSION_BUS_ADDRESS", std::nullopt);
  EXPECT_TRUE(connect_manager(Manager::user));
}

TEST_F(ConnectTest, EscapesThePathInItsAddress) {
  const std::string strange = runtime_ + "/with, blank;%=";
  std::filesystem::create_directory(strange);
  leave_socket(strange + "/bus");
  const Variable runtime("XDG_RUNTIME_DIR", strange), session("DBUS_SESSION_BUS_ADDRESS", std::nullopt);
  EXPECT_THAT(failure().what(), HasSubstr("connection refused"));
}

TEST_F(ConnectTest, SaysThatABusHasNoSystemd) {
  try {
    throw_no_manager(Manager::system, "because");
  } catch (const Error& error) {
    EXPECT_EQ(error.code, Errc::no_manager);
    EXPECT_STREQ(error.what(), "can't reach the system manager: because");
    EXPECT_NE(error.hint, "");
  }
}

}  // namespace
}  // namespace jobctl
