// Jobs as JSON (RFC 8259), for programs. The schema is an interface: keys keep their names and order, new
// ones go to the end. What is unknown or doesn't apply is null.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "job/job.hpp"

namespace jobctl {

nlohmann::ordered_json to_json(const Job& job, Time now);

// ASCII without a line break, so that no terminal is moved by it either. Bytes that aren't UTF-8 become
// U+FFFD.
std::string json_text(const nlohmann::ordered_json& json);

// An array with one job a line.
std::string to_json_lines(const std::vector<Job>& jobs, Time now);

}  // namespace jobctl
