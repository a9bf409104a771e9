#include "log/follower.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/uio.h>

#include "util/error.hpp"

namespace jobctl {

namespace {

constexpr size_t chunk_size = 64 << 10;
constexpr size_t remembered = 32;
constexpr int recheck_ms = 100;

using Parts = std::array<iovec, 2>;

ssize_t read_parts(int fd, const Parts& parts, int64_t offset) {
  ssize_t n = 0;
  do {
    n = preadv(fd, parts.data(), static_cast<int>(parts.size()), offset);
  } while (n < 0 && errno == EINTR);
  return n;
}

// What a link points to changes in another directory than the one that is watched.
bool is_link(const std::string& path) {
  struct stat status = {};
  return lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode);
}

}  // namespace

Follower::Follower(std::string path, FileWatch::Use use) : path_(std::move(path)), watch_(path_, use) {
  read_from(open_path());
}

int Follower::timeout_ms() const {
  if (more_) return 0;
  return watch_.is_reliable() && !recheck_ ? -1 : recheck_ms;
}

Change Follower::read_more(std::string& buffer) {
  watch_.drain();
  const Change change = advance(buffer);
  more_ = change != Change::none;
  return change;
}

Change Follower::advance(std::string& buffer) {
  if (!file_) {
    recheck_ = is_link(path_);
    read_from(open_path());
  }
  while (file_) {
    const Change change = read_chunk(buffer);
    if (change != Change::none) return change;
    if (next_) {
      read_from(std::move(next_));
      return Change::replaced;
    }
    find_successor();
    if (!next_) break;
    // Once more round: before its successor came, the file may have got its last bytes after we read.
  }
  return Change::none;
}

// Reads the bytes before the offset again with those after it. Where they aren't what they were, somebody
// emptied the file and it has already grown beyond the offset, which its length can't tell.
Change Follower::read_chunk(std::string& buffer) {
  const size_t size = buffer.size();
  buffer.resize(size + chunk_size);
  std::array<char, remembered> again{};
  const Parts parts = {iovec{again.data(), before_.size()}, iovec{buffer.data() + size, chunk_size}};
  const ssize_t n = read_parts(file_.get(), parts, offset_ - static_cast<int64_t>(before_.size()));
  const int error = errno;
  const size_t got = n > 0 ? static_cast<size_t>(n) : 0;
  const bool unchanged = got >= before_.size() && std::equal(before_.begin(), before_.end(), again.begin());
  buffer.resize(size + (unchanged ? got - before_.size() : 0));
  if (n < 0 && error == ESTALE) return Change::none;  // removed on its NFS server: this was its end
  if (n < 0) throw_errno("could not read " + path_, error);
  if (!unchanged) return begin_again();
  return buffer.size() == size ? Change::none : advance_by(std::string_view(buffer).substr(size));
}

Change Follower::begin_again() {
  seek(0);
  return Change::truncated;
}

Change Follower::advance_by(std::string_view bytes) {
  offset_ += static_cast<int64_t>(bytes.size());
  before_ += bytes.substr(bytes.size() - std::min(bytes.size(), remembered));
  before_.erase(0, before_.size() - std::min(before_.size(), remembered));
  return Change::data;
}

void Follower::seek(int64_t offset) {
  offset_ = std::max<int64_t>(offset, 0);
  before_.assign(static_cast<size_t>(std::min<int64_t>(offset_, remembered)), '\0');
  // What a file that is too short leaves out stays NUL, and the next read finds it missing.
  const iovec part{before_.data(), before_.size()};
  if (offset_ > 0) read_parts(file_.get(), {part, iovec{}}, offset_ - static_cast<int64_t>(before_.size()));
  more_ = true;
}

void Follower::read_from(Fd file) {
  if (!file) return;
  file_ = std::move(file);
  watch_.watch_file(file_.get());
  seek(0);
}

// The file at the path, open, if there is one to read.
Fd Follower::open_path() const {
  struct stat status = {};
  if (stat(path_.c_str(), &status) < 0) {
    if (errno == ENOENT || errno == ENOTDIR) return {};
    throw_errno("could not open " + path_, errno);
  }
  if (S_ISCHR(status.st_mode)) return {};
  if (!S_ISREG(status.st_mode))
    throw Error(Errc::failed, "could not follow " + path_ + ": not a regular file");
  // Not to hang where a FIFO took its place just now.
  Fd file(open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!file && errno != ENOENT) throw_errno("could not open " + path_, errno);
  return file;
}

// A successor that can't be opened (yet) doesn't end the following: it is tried again.
void Follower::find_successor() {
  recheck_ = is_link(path_);
  struct stat status = {};
  const bool exists = stat(path_.c_str(), &status) == 0;
  if (exists && is_current(status)) return;
  recheck_ = true;  // the directory may be gone too, which nothing tells while a file of it is open
  if (!exists) return;
  try {
    next_ = open_path();
    if (next_ && fstat(next_.get(), &status) == 0 && is_current(status)) next_.reset();  // put back meanwhile
  } catch (const Error&) {
    next_.reset();
  }
}

bool Follower::is_current(const struct stat& status) const {
  struct stat current = {};
  return fstat(file_.get(), &current) == 0 && current.st_dev == status.st_dev &&
         current.st_ino == status.st_ino;
}

}  // namespace jobctl
