// The man pages as roff(7) text: what CLI11 knows of a command, and the prose that people have written about
// it.
#pragma once

#include <string>
#include <vector>

#include "commands/verb.hpp"
#include "man/prose.hpp"

namespace jobctl {

// jobctl-VERB(1).
std::string verb_page(const CLI::App& verb, std::vector<Section> prose);

// jobctl(1). `overview` is what `jobctl --help` prints.
std::string program_page(const CLI::App& program, const std::vector<Verb>& verbs, const std::string& overview,
                         std::vector<Section> prose);

// jobctl.toml(5) and jobctl.job(5), which are prose alone.
std::string file_page(const std::string& name, const std::vector<Section>& prose);

}  // namespace jobctl
