// While a screen is drawn, what would be said on stderr beside it (say() in context.hpp).
#pragma once

#include <string>

#include "util/fd.hpp"

namespace jobctl {

class CapturedStderr {
 public:
  CapturedStderr();
  CapturedStderr(const CapturedStderr&) = delete;
  CapturedStderr& operator=(const CapturedStderr&) = delete;
  ~CapturedStderr();

  // The first line of what was said since the last call; "" where nothing was.
  std::string take();

 private:
  Fd before_;
  Fd captured_;
};

}  // namespace jobctl
