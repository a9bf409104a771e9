#include "own_log.hpp"

#include <cerrno>
#include <string>

#include <fcntl.h>
#include <unistd.h>

#include "log/paths.hpp"
#include "log/tail.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"

namespace jobctl {

namespace {

std::string copy(const JobSpec& spec) {
  const Fd source(open(spec.own_log.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!source) throw_errno("could not open " + spec.own_log, errno);
  const std::string path = collected_log_path(spec.log_dir, spec.type, now());
  const Fd target(open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
  const off_t size = lseek(source.get(), 0, SEEK_END);
  if (!target || size < 0 || !copy_range(source.get(), 0, size, target.get())) {
    const int error = errno;
    unlink(path.c_str());
    throw_errno("could not copy " + spec.own_log + " to " + path, error);
  }
  return path;
}

}  // namespace

Event collect_own_log(const JobSpec& spec, int run) try {
  return {"collected", run, {{"file", copy(spec)}}};
} catch (const Error& error) {
  return {"collected", run, {{"text", error.what()}}};
}

}  // namespace jobctl
