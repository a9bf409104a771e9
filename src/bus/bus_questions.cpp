// What BusManager asks: units, properties, the manager itself.
#include <cstdlib>

#include "bus/bus_answers.hpp"
#include "bus/unit_message.hpp"
#include "util/error.hpp"

namespace jobctl {

namespace {

// Of a question that systemd took with it when it executed itself anew.
constexpr int most_repetitions = 10;

std::string unit_path(const std::string& unit) {
  char* path = nullptr;
  if (sd_bus_path_encode("/org/freedesktop/systemd1/unit", unit.c_str(), &path) < 0) return "/";
  std::string text = path;
  free(path);
  return text;
}

}  // namespace

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

}  // namespace jobctl
