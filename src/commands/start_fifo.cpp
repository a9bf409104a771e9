#include "commands/start_fifo.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "registry/record_file.hpp"
#include "util/directories.hpp"
#include "util/error.hpp"

namespace jobctl {

namespace {

// Whether it is still what its path leads to: a leftover may have been removed since it was opened.
bool is_named(const Fd& fd, const std::string& path) {
  struct stat opened {
  }, named{};
  return fstat(fd.get(), &opened) == 0 && lstat(path.c_str(), &named) == 0 && opened.st_dev == named.st_dev &&
         opened.st_ino == named.st_ino;
}

std::string uuid_of_fifo(const std::string& path) {
  const std::string name = path.substr(path.rfind('/') + 1);
  return name.substr(0, name.find('.'));
}

// Nobody holds it; whoever has the result holds it himself.
Fd open_abandoned(const std::string& path) {
  Fd fd(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW));
  return fd && flock(fd.get(), LOCK_EX | LOCK_NB) == 0 ? std::move(fd) : Fd();
}

}  // namespace

StartFifo::StartFifo(const JobSpec& spec) : path_(fifo_path(spec.runtime_dir, spec.uuid)) {
  make_directories(spec.runtime_dir);
  asked_path_ = asked_path(spec.runtime_dir, spec.uuid);
  do {
    // One may be left of a start that was killed.
    if (mkfifo(path_.c_str(), 0600) != 0 && errno != EEXIST) throw_errno("could not create " + path_, errno);
    fd_ = Fd(open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW));
    if (!fd_ && errno == ENOENT) continue;
    if (!fd_) throw_errno("could not open " + path_, errno);
    if (flock(fd_.get(), LOCK_EX | LOCK_NB) == 0) continue;
    fd_.reset();
    throw Error(Errc::refused, spec.name + " (" + spec.uuid + ") is being started already");
  } while (!is_named(fd_, path_));
}

bool StartFifo::is_held(const JobSpec& spec) {
  const Fd fifo(
      open(fifo_path(spec.runtime_dir, spec.uuid).c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW));
  return fifo && flock(fifo.get(), LOCK_SH | LOCK_NB) != 0;
}

void StartFifo::leave_request(const StartRequest& request) {
  has_request_ = true;
  write_file(asked_path_, request.by + "\n" + request.how, 0600);
}

std::optional<StartRequest> StartFifo::request(const JobSpec& spec) {
  if (!is_held(spec)) return std::nullopt;
  const Fd file(
      open(asked_path(spec.runtime_dir, spec.uuid).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file) return std::nullopt;
  const std::string text = read_all(file.get(), "who asks for " + spec.name);
  const size_t end = std::min(text.find('\n'), text.size());
  return StartRequest{text.substr(0, end), text.substr(std::min(end + 1, text.size()))};
}

std::vector<std::string> StartFifo::abandoned(const std::string& runtime_dir) {
  std::vector<std::string> paths;
  constexpr Duration young = std::chrono::minutes(1);  // may not be locked yet
  for (const std::string& name : names_in(runtime_dir)) {
    const std::string path = runtime_dir + "/" + name;
    struct stat info {};
    if (!path.ends_with(".start") || lstat(path.c_str(), &info) != 0 || !S_ISFIFO(info.st_mode)) continue;
    if (now() - from_micros(int64_t{info.st_mtime} * 1000000) < young) continue;
    if (open_abandoned(path)) paths.push_back(path);
  }
  return paths;
}

void StartFifo::remove_abandoned(const std::string& runtime_dir) {
  for (const std::string& path : abandoned(runtime_dir))
    if (const Fd held = open_abandoned(path)) {
      unlink(asked_path(runtime_dir, uuid_of_fifo(path)).c_str());
      unlink(path.c_str());
    }
}

StartFifo::~StartFifo() {
  if (!fd_) return;
  if (has_request_) unlink(asked_path_.c_str());
  unlink(path_.c_str());
}

bool StartFifo::is_abandoned() const {
  pollfd state{fd_.get(), POLLIN, 0};
  return poll(&state, 1, 0) == 1 && state.revents == POLLHUP;
}

void StartFifo::begin_anew() {
  read();
  text_.clear();
}

StartFifo::Answer StartFifo::read() {
  char buffer[256];
  ssize_t n = 0;
  while ((n = ::read(fd_.get(), buffer, sizeof buffer)) > 0) text_.append(buffer, static_cast<size_t>(n));
  if (text_.find("failed\n") != std::string::npos) return Answer::failed;
  // read(2) gives 0 both before a writer came and after it went; only the latter has said something.
  return n == 0 && text_.ends_with('\n') ? Answer::running : Answer::none;
}

}  // namespace jobctl
