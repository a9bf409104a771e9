// What people have written about a command: the fragments docs/man/NAME.roff, in roff(7), section by section.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace jobctl {

struct Section {
  std::string title;
  std::string body;  // roff
};

// Comments before the first section are left out. Throws Error where the file can't be read.
std::vector<Section> read_prose(const std::string& path);

// Takes a section out; "" where there is none.
std::string take_section(std::vector<Section>& sections, const std::string& title);

}  // namespace jobctl
