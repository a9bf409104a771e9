// What a process knows of itself.
#pragma once

#include <string>
#include <vector>

namespace jobctl {

// An environment variable, "" where it is not set.
std::string environment(const char* name);

// Sets one of K=V strings, "NAME=VALUE", in the place of an earlier value.
void set_variable(std::vector<std::string>& environment, const std::string& assignment);

// As many open files as the hard limit lets: the usual one is for select(2), which nothing here uses.
void allow_many_files();

// The folder that this program lies in, without a final '/'; "" where /proc doesn't tell.
std::string own_folder();

}  // namespace jobctl
