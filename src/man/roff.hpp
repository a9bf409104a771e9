// Text as roff(7) input with the man macros of groff_man(7). What a help text holds is shown as it is,
// whatever roff would take it for.
#pragma once

#include <string>

namespace jobctl {

// Inline text of one or more lines; no line of it is a request.
std::string to_roff(const std::string& text);

std::string bold(const std::string& text);
std::string italic(const std::string& text);

// A usage line: what is typed as it stands is bold, PLACEHOLDERS are italic.
std::string usage_to_roff(const std::string& usage);

// Lines that are shown as they stand, indented.
std::string verbatim(const std::string& lines);

// A heading: .SH or .SS.
std::string heading(const char* macro, const std::string& title);

}  // namespace jobctl
