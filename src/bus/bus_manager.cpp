#include "bus/bus_manager.hpp"

#include <cerrno>
#include <ctime>
#include <utility>

#include <poll.h>

#include "bus/unit_message.hpp"
#include "util/error.hpp"

namespace jobctl {

namespace {

constexpr const char* destination = "org.freedesktop.systemd1";
constexpr const char* manager_path = "/org/freedesktop/systemd1";
constexpr const char* manager_interface = "org.freedesktop.systemd1.Manager";

// dbus-daemon's system bus allows 128 replies outstanding per connection.
constexpr size_t most_in_flight = 64;

// systemd accepts a request before it carries it out; what forks without end may keep it from that for a
// while.
constexpr uint64_t reply_timeout_us = 90'000'000;

// Of a question that systemd took with it when it executed itself anew.
constexpr int most_repetitions = 10;

// For ppoll(2): until the sooner of sd-bus' own deadline (absolute, UINT64_MAX none) and ours.
std::optional<Duration> sooner(uint64_t bus_deadline, std::optional<Duration> timeout) {
  if (bus_deadline == UINT64_MAX) return timeout;
  const auto current = static_cast<uint64_t>(monotonic().count());
  const Duration bus(bus_deadline > current ? static_cast<int64_t>(bus_deadline - current) : 0);
  return timeout ? std::min(bus, *timeout) : bus;
}

bool is_no_unit(const sd_bus_error* error) {
  return sd_bus_error_has_name(error, "org.freedesktop.systemd1.NoSuchUnit") ||
         sd_bus_error_has_name(error, "org.freedesktop.systemd1.NoSuchProcess") ||
         sd_bus_error_has_name(error, "org.freedesktop.DBus.Error.UnknownObject");
}

bool is_no_manager(const sd_bus_error* error) {
  return sd_bus_error_has_name(error, SD_BUS_ERROR_SERVICE_UNKNOWN) ||
         sd_bus_error_has_name(error, SD_BUS_ERROR_NAME_HAS_NO_OWNER) ||
         sd_bus_error_has_name(error, "org.freedesktop.DBus.Error.Spawn.ChildExited");
}

// sd-bus itself says so after sd_bus_get_method_call_timeout(3); with another text a bus says that whom it
// was asked for went away (daemon-reexec).
bool is_silence(const sd_bus_error* error) {
  return sd_bus_error_has_name(error, SD_BUS_ERROR_TIMEOUT) ||
         (sd_bus_error_has_name(error, SD_BUS_ERROR_NO_REPLY) && error->message &&
          std::string_view(error->message) == "Method call timed out");
}

constexpr const char* nobody_there = "no systemd answers on its bus";
constexpr const char* nobody_awake = "it does not answer";

// Why no question has an answer now; nullptr where that isn't so.
const char* why_nobody_answers(const sd_bus_error* error) {
  if (is_no_manager(error)) return nobody_there;
  return is_silence(error) ? nobody_awake : nullptr;
}

std::string unit_path(const std::string& unit) {
  char* path = nullptr;
  if (sd_bus_path_encode("/org/freedesktop/systemd1/unit", unit.c_str(), &path) < 0) return "/";
  std::string text = path;
  free(path);
  return text;
}

}  // namespace

// A request whose reply has not come. It outlives the call, not the manager.
struct BusManager::Pending {
  BusManager* owner;
  std::shared_ptr<UnitJob> job;
};

struct BusManager::Listing {
  SlotPtr slot;  // an answer that nobody waits for any more is not delivered
  UnitSelection selection;
  bool done = false;
  const char* nobody = nullptr;  // why_nobody_answers()
  std::string error;
  std::string error_name;
  std::vector<UnitState> units;
};

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

void BusManager::request_list(const UnitSelection& selection) {
  listing_ = std::make_unique<Listing>();
  listing_->selection = selection;
  const MessagePtr request = method_call("ListUnitsByPatterns");
  append_strings(request.get(), selection.states);
  append_strings(request.get(), {selection.pattern});
  sd_bus_slot* slot = nullptr;
  const int result = sd_bus_call_async(bus_.get(), &slot, request.get(), on_list_reply, listing_.get(), 0);
  if (result < 0) throw_lost(result);
  listing_->slot.reset(slot);
  // Gets the greeting under way; the answer is fetched by list().
  process();
}

int BusManager::on_list_reply(sd_bus_message* message, void* data, sd_bus_error*) noexcept {
  Listing& listing = *static_cast<Listing*>(data);
  listing.done = true;
  if (const sd_bus_error* error = sd_bus_message_get_error(message)) {
    listing.error = error->message ? error->message : error->name;
    listing.error_name = error->name;
    listing.nobody = why_nobody_answers(error);
    return 0;
  }
  const char *unit, *description, *load, *active, *sub, *following, *path, *job_type, *job_path;
  uint32_t job_id = 0;
  sd_bus_message_enter_container(message, 'a', "(ssssssouso)");
  while (sd_bus_message_read(message, "(ssssssouso)", &unit, &description, &load, &active, &sub, &following,
                             &path, &job_id, &job_type, &job_path) > 0)
    listing.units.push_back({unit, description, active, sub, job_type});
  return 0;
}

std::vector<UnitState> BusManager::list(const UnitSelection& selection) {
  if (!listing_ || listing_->selection != selection) request_list(selection);
  while (!listing_->done) wait(-1, std::nullopt);
  // systemd went away with the question (daemon-reexec); the next one reaches it when it is back.
  for (int left = most_repetitions;
       left > 0 && !listing_->nobody && listing_->error_name == SD_BUS_ERROR_NO_REPLY; --left) {
    request_list(selection);
    while (!listing_->done) wait(-1, std::nullopt);
  }
  const std::unique_ptr<Listing> listing = std::move(listing_);
  if (listing->nobody) throw_nobody(listing->nobody);
  if (!listing->error.empty())
    throw Error(Errc::no_manager, "systemd did not list its units: " + listing->error);
  return std::move(listing->units);
}

std::optional<std::string> BusManager::property(const std::string& unit, const std::string& interface,
                                                const std::string& name) {
  const MessagePtr request =
      property_call(unit.empty() ? manager_path : unit_path(unit), interface.c_str(), name.c_str());
  BusError error;
  const MessagePtr reply = call(request, error);
  if (!reply) return std::nullopt;
  return variant_text(reply.get());
}

struct BusManager::Answer {
  SlotPtr slot;
  bool done = false;
  const char* nobody = nullptr;  // why_nobody_answers()
  std::optional<std::string> text;
};

int BusManager::on_property(sd_bus_message* message, void* data, sd_bus_error*) noexcept {
  Answer& answer = *static_cast<Answer*>(data);
  answer.done = true;
  answer.nobody = why_nobody_answers(sd_bus_message_get_error(message));
  if (!sd_bus_message_get_error(message)) answer.text = variant_text(message);
  return 0;
}

std::vector<std::optional<std::string>> BusManager::properties(const std::vector<std::string>& units,
                                                               const std::string& interface,
                                                               const std::string& name) {
  std::vector<Answer> answers(units.size());
  for (size_t i = 0; i < units.size(); ++i) {
    // Answers come in the order of the questions.
    while (i >= most_in_flight && !answers[i - most_in_flight].done) wait(-1, std::nullopt);
    const MessagePtr request = property_call(unit_path(units[i]), interface.c_str(), name.c_str());
    sd_bus_slot* slot = nullptr;
    const int result = sd_bus_call_async(bus_.get(), &slot, request.get(), on_property, &answers[i], 0);
    if (result < 0) throw_lost(result);
    answers[i].slot.reset(slot);
  }
  std::vector<std::optional<std::string>> texts;
  for (Answer& answer : answers) {
    while (!answer.done) wait(-1, std::nullopt);
    if (answer.nobody) throw_nobody(answer.nobody);
    texts.push_back(std::move(answer.text));
  }
  return texts;
}

void BusManager::request_started_at() {
  started_at_.reset();
  const MessagePtr request = property_call(manager_path, manager_interface, "UserspaceTimestamp");
  sd_bus_slot* slot = nullptr;
  const int result = sd_bus_call_async(bus_.get(), &slot, request.get(), on_started_at, this, 0);
  if (result < 0) throw_lost(result);
  started_at_request_.reset(slot);
  process();
}

// Without an answer every unit is taken for older than the manager, and looked at more closely.
int BusManager::on_started_at(sd_bus_message* message, void* data, sd_bus_error*) noexcept {
  BusManager& self = *static_cast<BusManager*>(data);
  if (const char* why = why_nobody_answers(sd_bus_message_get_error(message))) self.nobody_ = why;
  const auto micros = variant_text(message);
  self.started_at_ = micros ? from_micros(std::atoll(micros->c_str())) : Time::max();
  return 0;
}

Time BusManager::started_at() {
  if (!started_at_) request_started_at();
  while (!started_at_) wait(-1, std::nullopt);
  return *started_at_;
}

std::string BusManager::version() {
  const auto version = property("", manager_interface, "Version");
  if (!version) throw_no_manager(manager_, "it does not tell its version");
  return *version;
}

bool BusManager::is_stopping() {
  return property("", manager_interface, "SystemState") == "stopping";
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
