// The options of a new job that several verbs have.
#pragma once

#include <CLI/CLI.hpp>

#include "commands/new_job.hpp"
#include "job/policy.hpp"

namespace jobctl {

// Complains of an empty value.
std::string refuse_empty(const std::string& text);

// --type, --name, --session, --label, --uuid.
void add_identity(CLI::App& verb, StartOptions& options);

// --stop-signal, --stop-timeout.
void add_ending(CLI::App& verb, StartOptions& options);

void add_linger(CLI::App& verb, StartOptions& options);

void add_policy(CLI::App& verb, const Policy& policy, StartOptions& options);

}  // namespace jobctl
