// A detached job must outlive the logout of whoever started it.
#pragma once

#include <string>

#include "commands/context.hpp"

namespace jobctl {

// Switches lingering on where it is off, or says how; `choice` ("always", "ask", "never", "" = as
// configured).
void keep_after_logout(Context& context, const std::string& choice);

}  // namespace jobctl
