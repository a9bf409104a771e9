// systemd's manager as BusManager talks to it, without systemd: an sd-bus server on a socketpair, in a thread
// of its own. It answers with what the test has set before client() and keeps what it was asked as text.
#pragma once

#include <algorithm>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bus/sd.hpp"
#include "bus/unit_manager.hpp"

namespace jobctl {

class FakeSystemd1 {
 public:
  // How a start or stop goes, one after the other; the last one holds for all that follow.
  struct Answer {
    std::string error = {};       // the D-Bus error's name, "" = none
    std::string text = {};        // its message
    std::string result = "done";  // of the job, "" = it never finishes
    bool hang_up = false;         // instead of all that
  };
  std::vector<Answer> answers = {{}};
  std::vector<UnitState> units;  // what is listed, whatever the pattern
  std::string list_error;        // instead
  std::string system_state = "running";

  FakeSystemd1() = default;
  FakeSystemd1(const FakeSystemd1&) = delete;
  FakeSystemd1& operator=(const FakeSystemd1&) = delete;
  ~FakeSystemd1() { hang_up(); }

  // The client's end. Everything that the fake is to answer must be set before.
  BusPtr client() {
    int ends[2];
    check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends));
    stop_ = eventfd(0, EFD_CLOEXEC);
    thread_ = std::thread([this, fd = ends[1]] { serve(fd); });
    sd_bus* raw = nullptr;
    check(sd_bus_new(&raw));
    BusPtr bus(raw);
    check(sd_bus_set_fd(raw, ends[0], ends[0]));
    check(sd_bus_start(raw));
    return bus;
  }

  // Ends the connection, as a manager that is killed does.
  void hang_up() {
    if (!thread_.joinable()) return;
    eventfd_write(stop_, 1);
    thread_.join();
    close(stop_);
  }

  // What was asked so far: "StopUnit unit replace".
  std::vector<std::string> calls() {
    const std::lock_guard lock(mutex_);
    return calls_;
  }

 private:
  static void check(int result) {
    // A client may go at any moment; that is no failure of the fake.
    if (result < 0 && result != -ECONNRESET && result != -EPIPE && result != -ENOTCONN)
      throw std::runtime_error("fake systemd: " + std::to_string(result));
  }

  void serve(int fd) {
    sd_bus* raw = nullptr;
    check(sd_bus_new(&raw));
    const BusPtr bus(raw);
    sd_id128_t id;
    check(sd_id128_randomize(&id));
    check(sd_bus_set_server(raw, 1, id));
    check(sd_bus_set_fd(raw, fd, fd));
    check(sd_bus_add_object_vtable(raw, nullptr, "/org/freedesktop/systemd1",
                                   "org.freedesktop.systemd1.Manager", vtable(), this));
    check(sd_bus_add_object_vtable(raw, nullptr, "/org/freedesktop/systemd1/unit/x_2eservice",
                                   "org.freedesktop.systemd1.Service", unit_vtable(), this));
    check(sd_bus_start(raw));
    while (!hung_up_) {
      const int result = sd_bus_process(raw, nullptr);
      if (result < 0) return;
      if (result > 0) continue;
      pollfd fds[2] = {{sd_bus_get_fd(raw), static_cast<short>(sd_bus_get_events(raw)), 0},
                       {stop_, POLLIN, 0}};
      poll(fds, 2, -1);
      if (fds[1].revents != 0) return;
    }
  }

  static const sd_bus_vtable* vtable() {
    static const sd_bus_vtable table[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD("StartTransientUnit", "ssa(sv)a(sa(sv))", "o", on_job, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("StopUnit", "ss", "o", on_job, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("ThawUnit", "s", "", on_void, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("ResetFailedUnit", "s", "", on_void, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("Subscribe", "", "", on_void, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("ListUnitsByPatterns", "asas", "a(ssssssouso)", on_list, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_PROPERTY("SystemState", "s", get_state, 0, 0),
        SD_BUS_PROPERTY("UserspaceTimestamp", "t", get_time, 0, 0),
        SD_BUS_SIGNAL("JobRemoved", "uoss", 0),
        SD_BUS_VTABLE_END};
    return table;
  }

  static const sd_bus_vtable* unit_vtable() {
    static const sd_bus_vtable table[] = {
        SD_BUS_VTABLE_START(0), SD_BUS_PROPERTY("MainPID", "u", get_pid, 0, 0),
        SD_BUS_PROPERTY("ExecMainStartTimestamp", "t", get_time, 0, 0),
        SD_BUS_PROPERTY("Environment", "as", get_strings, 0, 0), SD_BUS_VTABLE_END};
    return table;
  }

  // The arguments of a message as busctl(1) would be told them: "name=value", containers in brackets.
  static std::string dump(sd_bus_message* message) {
    std::string text;
    char type = 0;
    const char* contents = nullptr;
    while (sd_bus_message_peek_type(message, &type, &contents) > 0) {
      if (!text.empty()) text += ' ';
      text += type == 'a' || type == 'v' || type == 'r' ? dump_container(message, type, contents)
                                                        : dump_basic(message, type);
    }
    return text;
  }

  static std::string dump_container(sd_bus_message* message, char type, const char* contents) {
    const std::string signature = contents;
    check(sd_bus_message_enter_container(message, type, contents));
    const std::string inner = dump(message);
    check(sd_bus_message_exit_container(message));
    if (type == 'v') return signature + ":" + inner;
    return (type == 'a' ? "[" : "(") + inner + (type == 'a' ? "]" : ")");
  }

  static std::string dump_basic(sd_bus_message* message, char type) {
    union {
      const char* text;
      uint64_t u64;
      int32_t i32;
      uint32_t u32;
    } value{};
    check(sd_bus_message_read_basic(message, type, &value));
    switch (type) {
      case 's':
      case 'o':
        return value.text;
      case 't':
        return std::to_string(value.u64);
      case 'u':
        return std::to_string(value.u32);
      default:
        return std::to_string(value.i32);
    }
  }

  void note(sd_bus_message* message) {
    const std::string arguments = dump(message);
    const std::lock_guard lock(mutex_);
    calls_.push_back(sd_bus_message_get_member(message) + (arguments.empty() ? "" : " " + arguments));
  }

  static int on_job(sd_bus_message* message, void* data, sd_bus_error*) noexcept {
    FakeSystemd1& self = *static_cast<FakeSystemd1*>(data);
    self.note(message);
    const Answer& answer = self.answers[std::min(self.jobs_++, self.answers.size() - 1)];
    if (answer.hang_up) self.hung_up_ = true;
    if (answer.hang_up) return 1;
    if (!answer.error.empty())
      return sd_bus_reply_method_errorf(message, answer.error.c_str(), "%s", answer.text.c_str());
    const std::string path = "/org/freedesktop/systemd1/job/" + std::to_string(self.jobs_);
    check(sd_bus_reply_method_return(message, "o", path.c_str()));
    if (answer.result.empty()) return 1;
    return sd_bus_emit_signal(sd_bus_message_get_bus(message), "/org/freedesktop/systemd1",
                              "org.freedesktop.systemd1.Manager", "JobRemoved", "uoss",
                              static_cast<uint32_t>(self.jobs_), path.c_str(), "x.service",
                              answer.result.c_str());
  }

  static int on_void(sd_bus_message* message, void* data, sd_bus_error*) noexcept {
    FakeSystemd1& self = *static_cast<FakeSystemd1*>(data);
    self.note(message);
    const Answer& answer = self.answers.back();
    if (!answer.error.empty())
      return sd_bus_reply_method_errorf(message, answer.error.c_str(), "%s", answer.text.c_str());
    return sd_bus_reply_method_return(message, "");
  }

  static int on_list(sd_bus_message* message, void* data, sd_bus_error*) noexcept {
    FakeSystemd1& self = *static_cast<FakeSystemd1*>(data);
    self.note(message);
    if (!self.list_error.empty())
      return sd_bus_reply_method_errorf(message, self.list_error.c_str(), "no list");
    sd_bus_message* raw = nullptr;
    check(sd_bus_message_new_method_return(message, &raw));
    const MessagePtr reply(raw);
    check(sd_bus_message_open_container(raw, 'a', "(ssssssouso)"));
    for (const UnitState& unit : self.units)
      check(sd_bus_message_append(raw, "(ssssssouso)", unit.unit.c_str(), unit.description.c_str(), "loaded",
                                  unit.active.c_str(), unit.sub.c_str(), "", "/unit", 0, unit.job.c_str(),
                                  "/"));
    check(sd_bus_message_close_container(raw));
    return sd_bus_send(nullptr, raw, nullptr);
  }

  static int get_state(sd_bus*, const char*, const char*, const char*, sd_bus_message* reply, void* data,
                       sd_bus_error*) noexcept {
    return sd_bus_message_append(reply, "s", static_cast<FakeSystemd1*>(data)->system_state.c_str());
  }
  static int get_pid(sd_bus*, const char*, const char*, const char*, sd_bus_message* reply, void*,
                     sd_bus_error*) noexcept {
    return sd_bus_message_append(reply, "u", 4242U);
  }
  static int get_time(sd_bus*, const char*, const char*, const char*, sd_bus_message* reply, void*,
                      sd_bus_error*) noexcept {
    return sd_bus_message_append(reply, "t", uint64_t{1} << 50);
  }
  static int get_strings(sd_bus*, const char*, const char*, const char*, sd_bus_message* reply, void*,
                         sd_bus_error*) noexcept {
    return sd_bus_message_append(reply, "as", 1, "A=1");
  }

  std::thread thread_;
  int stop_ = -1;
  bool hung_up_ = false;  // of the thread alone
  size_t jobs_ = 0;       // of the thread alone
  std::mutex mutex_;
  std::vector<std::string> calls_;
};

}  // namespace jobctl
