#include "commands/port_choice.hpp"

#include <algorithm>

#include "commands/taken.hpp"

namespace jobctl {

namespace {

bool has(const std::vector<Port>& ports, uint16_t number) {
  return std::any_of(ports.begin(), ports.end(), [&](const Port& port) { return port.number == number; });
}

const Job* holder_of(uint16_t number, const std::vector<Job>& holders) {
  for (const Job& job : holders)
    if (has(job.current.ports, number)) return &job;
  return nullptr;
}

template <class IsFree>
uint16_t any_port(const std::string& name, const std::vector<Port>& before, IsFree is_free) {
  for (const Port& port : before)
    if (port.name == name && is_free(port.number)) return port.number;
  for (uint16_t number = first_auto_port; number <= last_auto_port; ++number)
    if (is_free(number)) return number;
  throw Taken("no port from " + std::to_string(first_auto_port) + " to " + std::to_string(last_auto_port) +
              " is free");
}

[[noreturn]] void refuse(uint16_t number, const std::string& by) {
  throw Taken("port " + std::to_string(number) + " is taken by " + by, "a free one is found by: --port auto");
}

}  // namespace

PortChoice::PortChoice(Context& context, const std::vector<Port>& wanted)
    : context_(context),
      wanted_(wanted),
      listening_(wanted.empty() ? std::vector<ListeningSocket>() : listening_sockets()) {}

std::vector<Port> PortChoice::choose(const std::vector<Port>& before, const std::vector<Job>& holders) const {
  std::vector<Port> chosen;
  for (const Port& port : wanted_) {
    if (port.number == 0) continue;
    if (const Job* holder = holder_of(port.number, holders)) refuse(port.number, job_in_words(*holder));
    if (const ListeningSocket* socket = listener_on(port.number))
      refuse(port.number, listener_in_words(*socket));
  }
  for (const Port& port : wanted_) {
    const auto is_free = [&](uint16_t number) {
      return !holder_of(number, holders) && !listener_on(number) && !has(wanted_, number) &&
             !has(chosen, number);
    };
    chosen.push_back(port.number != 0 ? port : Port{port.name, any_port(port.name, before, is_free)});
  }
  return chosen;
}

const ListeningSocket* PortChoice::listener_on(uint16_t number) const {
  for (const ListeningSocket& socket : listening_)
    if (socket.port == number) return &socket;
  return nullptr;
}

std::string PortChoice::listener_in_words(const ListeningSocket& socket) const {
  const auto pid = process_with_socket(socket.inode);
  return pid ? process_in_words(context_, *pid) : "a process of " + user_name(socket.uid);
}

}  // namespace jobctl
