// A mail about a job, for sendmail(8).
#pragma once

#include <string>

#include "happening.hpp"

namespace jobctl {

// Headers and body, lines ending with LF.
std::string mail_text(const Happening& happening, const std::string& address);

// As RFC 2047 writes a header's text: encoded words where it isn't plain ASCII.
std::string encode_header(const std::string& text);

}  // namespace jobctl
