// A desktop notification about a job: notify-send(1).
#pragma once

#include "happening.hpp"

namespace jobctl {

Argv notification(const Happening& happening);

// As the Desktop Notifications Specification wants a body, which may hold markup.
std::string escape_markup(const std::string& text);

}  // namespace jobctl
