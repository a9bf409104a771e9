// Which ports a job gets: those that it names, or free ones.
#pragma once

#include "commands/context.hpp"
#include "proc/sockets.hpp"

namespace jobctl {

class PortChoice {
 public:
  // Asks the kernel who listens, where ports are wanted.
  PortChoice(Context& context, const std::vector<Port>& wanted);

  // `before`: what an earlier run had; taken again for "auto" where it is free. `holders`: the other jobs
  // that have ports. Throws Taken.
  std::vector<Port> choose(const std::vector<Port>& before, const std::vector<Job>& holders) const;

 private:
  const ListeningSocket* listener_on(uint16_t number) const;
  std::string listener_in_words(const ListeningSocket& socket) const;

  Context& context_;
  const std::vector<Port>& wanted_;
  const std::vector<ListeningSocket> listening_;
};

}  // namespace jobctl
