// A POST of JSON to a URL.
#pragma once

#include <string>
#include <vector>

#include "libexec/common/alerts.hpp"

namespace jobctl {

// Again and again where that may help, with growing pauses. Redirections are not followed. `environment`: the
// job's, for the proxies that it names.
Outcome post(const std::string& url, const std::string& body, const std::vector<std::string>& environment);

}  // namespace jobctl
