#include "commands/save.hpp"

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

#include "commands/job_file.hpp"
#include "commands/job_text.hpp"
#include "util/directories.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

std::string save(const Context& context, const StartOptions& options, JobSpec spec) {
  const std::string path = job_folder(context.is_system()) + "/" + options.save + ".toml";
  if (options.name.empty()) spec.name = default_name(spec.type, spec.uuid);  // the file's
  const std::string text = to_job_file(spec, false, options.environment);
  make_parents(path, 0755);
  const Fd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd && errno == EEXIST)
    throw Error(Errc::refused, path + " exists already", "jobctl job start " + options.save);
  if (!fd || !write_all(fd.get(), text)) throw_errno("could not write " + path, errno);
  return path;
}

}  // namespace

void refuse_what_no_file_keeps(const StartOptions& options, const JobSpec& spec) {
  const auto refuse = [](const char* what) {
    throw Error(Errc::usage, std::string("--save and ") + what + " exclude each other");
  };
  if (options.scope) refuse("--scope");
  if (spec.schedule.at) refuse("a time that comes once");
  if (!options.uuid.empty()) refuse("--uuid");
  if (options.save.find('/') != std::string::npos || options.save.starts_with('.') ||
      options.save.starts_with('-'))
    throw Error(Errc::usage, "--save " + printable_ascii(options.save, 60) + ": not a name for a file");
}

Job start_saved(Context& context, const StartOptions& options, const JobSpec& spec) {
  const std::string path = save(context, options, spec);
  try {
    const JobFile job_file = read_job_file(path);
    if (!job_file.schedule) return start_job_file(context, job_file);
    return start_timer_of(context, job_file);
  } catch (const Error&) {
    unlink(path.c_str());
    throw;
  }
}

}  // namespace jobctl
