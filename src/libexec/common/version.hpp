// Every program of ours says which version it is of, so that `jobctl doctor` can compare.
#pragma once

#include <cstdio>
#include <cstring>

namespace jobctl {

// Answers --version; whether that was asked.
inline bool tell_version(int argc, char** argv) {
  if (argc != 2 || std::strcmp(argv[1], "--version") != 0) return false;
  std::puts("jobctl " JOBCTL_VERSION);
  return true;
}

}  // namespace jobctl
