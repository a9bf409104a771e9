// What a job becomes as a file, and what of its environment goes with it.
#pragma once

#include <string>
#include <vector>

#include "job/portable_environment.hpp"
#include "job/spec.hpp"

namespace jobctl {

// K=V that systemd gives the job anyway, wherever it is described.
std::vector<std::string> given_variables(const JobSpec& spec);

// For comments: which variables are left out of `place`, and why.
std::vector<std::string> notes_on(const PortableEnvironment& chosen, const std::string& place);

// The text of a job file that does the same. Of the environment it has what matters elsewhere, or all of it;
// and `always`, K=V. Throws Error{failed} that names what TOML can't say.
std::string to_job_file(JobSpec spec, bool whole_environment, const std::vector<std::string>& always = {});

}  // namespace jobctl
