#include "util/error.hpp"

#include <cctype>
#include <cstring>

namespace jobctl {

std::string errno_text(int error) {
  char buffer[128];
  std::string text = strerror_r(error, buffer, sizeof buffer);
  // "No such file" becomes "no such file", but "RPC failed" and "I/O" stay.
  if (text.size() > 1 && std::islower(static_cast<unsigned char>(text[1])))
    text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

void throw_errno(const std::string& what, int error) {
  throw Error(Errc::failed, what + ": " + errno_text(error));
}

}  // namespace jobctl
