// The TCP ports of a job: its own among live jobs, and told to it as PORT or PORT_<NAME>.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace jobctl {

struct Port {
  std::string name;     // "" = the port without a name
  uint16_t number = 0;  // 0: any that is free

  bool operator==(const Port&) const = default;
};

// "8501", "http=8501", "auto", "http=auto". Throws Error{usage} that begins with `what`.
Port parse_port(const std::string& text, const std::string& what);
std::string port_text(const Port& port);

// Several, separated by commas, as a record has them; what is no port is left out.
std::string ports_text(const std::vector<Port>& ports);
std::vector<Port> parse_ports(const std::string& text);

// "PORT=8501": the first one's, and "PORT_HTTP=20001" for each with a name.
std::vector<std::string> port_variables(const std::vector<Port>& ports);

// Throws Error{usage} where two have the same name or number.
void check_ports(const std::vector<Port>& ports);

// Where "auto" looks: below the ports that the kernel gives to connections (ip(7), ip_local_port_range).
inline constexpr uint16_t first_auto_port = 20000;
inline constexpr uint16_t last_auto_port = 29999;

}  // namespace jobctl
