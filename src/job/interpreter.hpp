// What an interpreter's command line runs: python(1), sh(1) and their like read options of their own first,
// then a script.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace jobctl {

// One of the three is set, but for one that is read from standard input.
struct Script {
  std::string path;
  std::string module;  // of python(1) -m, of java(1) a class
  std::string code;    // of -c and the like
  size_t end = 0;      // the first word behind it
};

// nullopt where the program is no interpreter, or runs nothing.
std::optional<Script> script_of(const std::vector<std::string>& argv);

}  // namespace jobctl
