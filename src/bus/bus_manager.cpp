#include "bus/bus_manager.hpp"

#include <cerrno>
#include <ctime>
#include <utility>

#include <poll.h>

#include "bus/bus_answers.hpp"
#include "bus/unit_message.hpp"
#include "util/error.hpp"

namespace jobctl {

namespace {

// systemd accepts a request before it carries it out; what forks without end may keep it from that for a
// while.
constexpr uint64_t reply_timeout_us = 90'000'000;

// For ppoll(2): until the sooner of sd-bus' own deadline (absolute, UINT64_MAX none) and ours.
std::optional<Duration> sooner(uint64_t bus_deadline, std::optional<Duration> timeout) {
  if (bus_deadline == UINT64_MAX) return timeout;
  const auto current = static_cast<uint64_t>(monotonic().count());
  const Duration bus(bus_deadline > current ? static_cast<int64_t>(bus_deadline - current) : 0);
  return timeout ? std::min(bus, *timeout) : bus;
}

}  // namespace

BusManager::BusManager(Manager manager) : BusManager(manager, connect_manager(manager)) {}

BusManager::BusManager(Manager manager, BusPtr bus) : manager_(manager), bus_(std::move(bus)) {}

BusManager::~BusManager() = default;

void BusManager::throw_nobody(const char* why) const {
  if (why == nobody_awake) throw Silence(manager_);
  throw_no_manager(manager_, why);
}

void BusManager::throw_lost(int result) const {
  if (result == -EPERM || result == -EACCES || result == -ECONNREFUSED || result == -ECONNRESET)
    throw_no_manager(manager_, errno_text(-result));
  throw Error(Errc::no_manager, "the connection to the service manager was lost: " + errno_text(-result));
}

MessagePtr BusManager::method_call(const char* method) const {
  sd_bus_message* message = nullptr;
  const int result = sd_bus_message_new_method_call(bus_.get(), &message, destination, manager_path,
                                                    manager_interface, method);
  if (result < 0) throw_lost(result);
  return MessagePtr(message);
}

MessagePtr BusManager::property_call(const std::string& path, const char* interface, const char* name) const {
  sd_bus_message* message = nullptr;
  const int result = sd_bus_message_new_method_call(bus_.get(), &message, destination, path.c_str(),
                                                    "org.freedesktop.DBus.Properties", "Get");
  if (result < 0) throw_lost(result);
  sd_bus_message_append(message, "ss", interface, name);
  return MessagePtr(message);
}

MessagePtr BusManager::call(const MessagePtr& request, BusError& error) const {
  sd_bus_message* reply = nullptr;
  const int result = sd_bus_call(bus_.get(), request.get(), 0, &error.error, &reply);
  if (result >= 0) return MessagePtr(reply);
  // A connection that is gone looks like any other error to sd_bus_call(3).
  if (!sd_bus_error_is_set(&error.error) || sd_bus_is_open(bus_.get()) <= 0) throw_lost(result);
  if (const char* why = why_nobody_answers(&error.error)) throw_nobody(why);
  return nullptr;
}

// Nobody waits for the match's answer: the bus takes it before the request that follows. On a direct
// connection no sender may be named, or the match never fires.
void BusManager::match(const char* signal, sd_bus_message_handler_t handler) {
  const char* sender = sd_bus_is_bus_client(bus_.get()) ? destination : nullptr;
  sd_bus_match_signal_async(bus_.get(), nullptr, sender, manager_path, manager_interface, signal, handler,
                            nullptr, this);
}

std::shared_ptr<UnitJob> BusManager::submit(MessagePtr request) {
  if (!std::exchange(watches_jobs_, true)) match("JobRemoved", on_job_removed);
  while (in_flight_ >= most_in_flight) wait(-1, std::nullopt);
  if (in_flight_ == 0) pending_.clear();
  auto job = std::make_shared<UnitJob>();
  pending_.push_back(std::make_unique<Pending>(Pending{this, job}));
  const int result = sd_bus_call_async(bus_.get(), nullptr, request.get(), on_job_reply,
                                       pending_.back().get(), reply_timeout_us);
  if (result < 0) throw_lost(result);
  ++in_flight_;
  sd_bus_flush(bus_.get());
  return job;
}

int BusManager::on_job_reply(sd_bus_message* message, void* data, sd_bus_error*) noexcept {
  const Pending& pending = *static_cast<Pending*>(data);
  BusManager& self = *pending.owner;
  --self.in_flight_;
  const char* path = nullptr;
  const sd_bus_error* error = sd_bus_message_get_error(message);
  if (!error && sd_bus_message_read(message, "o", &path) >= 0) {
    self.jobs_[path] = pending.job;
    pending.job->accepted = true;
    return 0;
  }
  pending.job->pending = false;
  if (is_silence(error)) *pending.job = silent_job();
  if (error && is_no_unit(error)) return 0;               // what isn't there is stopped
  if (is_no_manager(error)) self.nobody_ = nobody_there;  // a request in silence may still be carried out
  pending.job->failed = true;
  pending.job->dbus_error = error && error->name ? error->name : "";
  if (!pending.job->met_silence)
    pending.job->text = error && error->message ? error->message : "unexpected answer";
  return 0;
}

int BusManager::on_job_removed(sd_bus_message* message, void* data, sd_bus_error*) noexcept {
  BusManager& self = *static_cast<BusManager*>(data);
  ++self.unit_news_;
  uint32_t id = 0;
  const char *path = nullptr, *unit = nullptr, *result = nullptr;
  if (sd_bus_message_read(message, "uoss", &id, &path, &unit, &result) < 0) return 0;
  const auto found = self.jobs_.find(path);
  if (found == self.jobs_.end()) return 0;
  const std::string text = result;
  found->second->pending = false;
  found->second->failed = text != "done" && text != "skipped";
  found->second->text = text;
  self.jobs_.erase(found);
  return 0;
}

std::shared_ptr<UnitJob> BusManager::start(const UnitPlan& plan, std::optional<pid_t> scope_pid) {
  const MessagePtr request = method_call("StartTransientUnit");
  const int result = append_unit(request.get(), plan, scope_pid);
  if (result < 0)
    throw Error(Errc::failed, "could not describe " + plan.unit + " to systemd: " + errno_text(-result));
  return submit(MessagePtr(sd_bus_message_ref(request.get())));
}

std::shared_ptr<UnitJob> BusManager::start_loaded(const std::string& unit) {
  MessagePtr request = method_call("StartUnit");
  sd_bus_message_append(request.get(), "ss", unit.c_str(), "replace");
  return submit(std::move(request));
}

void BusManager::reload() {
  const MessagePtr request = method_call("Reload");
  BusError error;
  if (!call(request, error))
    throw Error(Errc::failed, std::string("systemd did not reload its units: ") + error.error.message);
}

void BusManager::attach(const std::string& unit, const std::string& subcgroup,
                        const std::vector<pid_t>& pids) {
  const MessagePtr request = method_call("AttachProcessesToUnit");
  sd_bus_message_append(request.get(), "ss", unit.c_str(), subcgroup.c_str());
  sd_bus_message_append_array(request.get(), 'u', pids.data(), pids.size() * sizeof pids.front());
  static_assert(sizeof pids.front() == sizeof(uint32_t));
  BusError error;
  if (!call(request, error)) throw Error(Errc::failed, error.error.message);
}

std::shared_ptr<UnitJob> BusManager::stop(const std::string& unit) {
  MessagePtr request = method_call("StopUnit");
  sd_bus_message_append(request.get(), "ss", unit.c_str(), "replace");
  return submit(std::move(request));
}

std::shared_ptr<UnitJob> BusManager::restart(const std::string& unit) {
  MessagePtr request = method_call("RestartUnit");
  sd_bus_message_append(request.get(), "ss", unit.c_str(), "replace");
  return submit(std::move(request));
}

void BusManager::thaw(const std::string& unit) {
  const MessagePtr request = method_call("ThawUnit");
  sd_bus_message_append(request.get(), "s", unit.c_str());
  BusError error;
  if (!call(request, error) && !is_no_unit(&error.error))
    throw Error(Errc::failed, "could not thaw " + unit + ": " + error.error.message);
}

void BusManager::reset_failed(const std::string& unit) {
  const MessagePtr request = method_call("ResetFailedUnit");
  sd_bus_message_append(request.get(), "s", unit.c_str());
  BusError error;
  call(request, error);
}

void BusManager::watch_units() {
  // The signals are only there to end a wait(); the answer is in the next list. A unit that systemd starts
  // again does not go, but a job of systemd's for it does.
  match("UnitRemoved", [](sd_bus_message*, void* data, sd_bus_error*) {
    ++static_cast<BusManager*>(data)->unit_news_;
    return 0;
  });
  if (!std::exchange(watches_jobs_, true)) match("JobRemoved", on_job_removed);
  BusError error;
  call(method_call("Subscribe"), error);
}

bool BusManager::process() {
  for (bool any = false;; any = true) {
    const int result = sd_bus_process(bus_.get(), nullptr);
    if (result < 0) throw_lost(result);
    if (result == 0) return any;
  }
}

Woken BusManager::wait(int fd, std::optional<Duration> timeout) {
  uint64_t deadline = UINT64_MAX;
  sd_bus_get_timeout(bus_.get(), &deadline);
  pollfd fds[2] = {{sd_bus_get_fd(bus_.get()), static_cast<short>(sd_bus_get_events(bus_.get())), 0},
                   {fd, POLLIN, 0}};
  const std::optional<Duration> limit = sooner(deadline, timeout);
  timespec spec{};
  if (limit) spec = {limit->count() / 1000000, (limit->count() % 1000000) * 1000};
  const int ready = ppoll(fds, 2, limit ? &spec : nullptr, nullptr);
  if (ready < 0 && errno != EINTR) throw_lost(-errno);
  const bool by_manager = process();
  if (const char* why = std::exchange(nobody_, nullptr)) throw_nobody(why);
  return {ready > 0 && fds[1].revents != 0, by_manager};
}

}  // namespace jobctl
