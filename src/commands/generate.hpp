// The unit generator, systemd.generator(7): job files become unit files at boot and at each daemon-reload.
#pragma once

#include <string>
#include <vector>

namespace jobctl {

// Whether we were started by a generator's name, jobctl-user-generator or jobctl-system-generator.
bool is_generator(const std::string& program);

// Writes the units below the folder. A file that can't be made a unit of is told in the journal and doesn't
// keep the others from it.
void run_generator(const std::string& program, const std::string& folder);

// Where systemd looks for generators, and whether ours is in one of these folders.
std::vector<std::string> generator_folders(bool system);
bool has_generator(const std::vector<std::string>& folders, bool system);

}  // namespace jobctl
