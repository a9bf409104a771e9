// A job as the text of a job file: TOML that toml++ and every other reader of TOML 1.0 takes for the same
// definition.
#pragma once

#include <string>
#include <string_view>

#include "job/spec.hpp"

namespace jobctl {

// Everything that defines the job as far as a file can, which knows neither scopes nor a time that comes
// once; nothing of its runs; of log_file, session and the like only what isn't empty, of type and name what
// isn't the default. spec.environment is written as it is. Throws Error{failed} that names what isn't UTF-8:
// TOML has no way to write it.
std::string job_file_text(const JobSpec& spec);

// A basic string with its quotes; control characters and those that nobody sees are escaped. `text` is UTF-8.
std::string toml_string(std::string_view text);

}  // namespace jobctl
