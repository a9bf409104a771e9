// systemd over D-Bus: org.freedesktop.systemd1(5) by sd-bus(3). Requests are pipelined; nothing here waits
// for an answer that it doesn't need yet.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bus/connect.hpp"
#include "bus/sd.hpp"
#include "bus/unit_manager.hpp"

namespace jobctl {

class BusManager : public UnitManager {
 public:
  explicit BusManager(Manager manager);
  // For tests: on a connection that is already open.
  BusManager(Manager manager, BusPtr bus);
  ~BusManager() override;

  std::shared_ptr<UnitJob> start(const UnitPlan& plan, std::optional<pid_t> scope_pid = {}) override;
  std::shared_ptr<UnitJob> start_loaded(const std::string& unit) override;
  void reload() override;
  void attach(const std::string& unit, const std::string& subcgroup, const std::vector<pid_t>& pids) override;
  std::shared_ptr<UnitJob> stop(const std::string& unit) override;
  std::shared_ptr<UnitJob> restart(const std::string& unit) override;
  void thaw(const std::string& unit) override;
  void reset_failed(const std::string& unit) override;
  void request_list(const UnitSelection& selection) override;
  std::vector<UnitState> list(const UnitSelection& selection) override;
  std::optional<std::string> property(const std::string& unit, const std::string& interface,
                                      const std::string& name) override;
  std::vector<std::optional<std::string>> properties(const std::vector<std::string>& units,
                                                     const std::string& interface,
                                                     const std::string& name) override;
  void request_started_at() override;
  Time started_at() override;
  std::string version() override;
  bool is_stopping() override;
  void watch_units() override;
  uint64_t unit_news() const override { return unit_news_; }
  Woken wait(int fd, std::optional<Duration> timeout) override;

 private:
  struct Pending;
  struct Listing;
  struct Answer;

  static int on_job_removed(sd_bus_message* message, void* data, sd_bus_error* error) noexcept;
  static int on_job_reply(sd_bus_message* message, void* data, sd_bus_error* error) noexcept;
  static int on_list_reply(sd_bus_message* message, void* data, sd_bus_error* error) noexcept;
  static int on_property(sd_bus_message* message, void* data, sd_bus_error* error) noexcept;
  static int on_started_at(sd_bus_message* message, void* data, sd_bus_error* error) noexcept;

  MessagePtr method_call(const char* method) const;
  MessagePtr property_call(const std::string& path, const char* interface, const char* name) const;
  MessagePtr call(const MessagePtr& request, BusError& error) const;
  void match(const char* signal, sd_bus_message_handler_t handler);
  std::shared_ptr<UnitJob> submit(MessagePtr request);
  bool process();  // whether there was anything
  [[noreturn]] void throw_nobody(const char* why) const;
  [[noreturn]] void throw_lost(int result) const;

  Manager manager_;
  BusPtr bus_;
  // The manager's jobs by object path; a reply and its JobRemoved signal come in this order.
  std::map<std::string, std::shared_ptr<UnitJob>> jobs_;
  std::vector<std::unique_ptr<Pending>> pending_;
  std::unique_ptr<Listing> listing_;
  SlotPtr started_at_request_;
  std::optional<Time> started_at_;
  size_t in_flight_ = 0;
  uint64_t unit_news_ = 0;
  bool watches_jobs_ = false;
  const char* nobody_ = nullptr;  // why nobody answers, for wait() to throw
};

}  // namespace jobctl
