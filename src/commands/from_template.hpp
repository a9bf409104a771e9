// The definition of a job by a template's name and parameters, as they stand on a command line.
#pragma once

#include "commands/verb.hpp"
#include "config/template.hpp"

namespace jobctl {

// NAME=VALUE words. Throws Error{usage}.
GivenValues parse_parameters(const Words& words);

// `further`: arguments behind those of the template's (last) command. Relative paths are the caller's.
Definition from_template(const std::string& name, const Words& parameters, const Words& further);

}  // namespace jobctl
