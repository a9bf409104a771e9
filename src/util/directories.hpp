#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>

namespace jobctl {

// Creates a directory and those above it that are missing, as mkdir -p. Throws Error.
void make_directories(const std::string& path, mode_t mode = 0700);

// The same for the directories above a file.
void make_parents(const std::string& path, mode_t mode = 0700);

// What lies in a directory, unordered; nothing where it is missing or can't be read.
std::vector<std::string> names_in(const std::string& path);

// Whether nothing has this name. A path that can't be looked at (EACCES) may be there.
bool is_missing(const std::string& path);

// In bytes, of the link where it is one; 0 where there is nothing.
uint64_t file_size(const std::string& path);

}  // namespace jobctl
