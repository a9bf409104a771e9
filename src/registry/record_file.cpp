#include "registry/record_file.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "registry/change_mark.hpp"
#include "util/directories.hpp"
#include "util/error.hpp"

namespace jobctl {

namespace {

// Room for the events of some runs, each of which is less than 1 KiB.
constexpr off_t reserved_bytes = 8192;

std::string folder_of(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

// A file without a name until its content is whole, so that a start that is killed leaves nothing. Where the
// file system can't do that (NFS) it has a temporary name.
class NewFile {
 public:
  explicit NewFile(const std::string& path)
      : fd_(open(folder_of(path).c_str(), O_TMPFILE | O_RDWR | O_APPEND | O_CLOEXEC, 0600)) {
    if (!fd_ && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
      temporary_ = path + "." + std::to_string(getpid()) + ".new";
      fd_ = Fd(open(temporary_.c_str(), O_CREAT | O_EXCL | O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
    }
    if (!fd_) throw_errno("could not create the record " + path, errno);
  }
  ~NewFile() {
    if (!temporary_.empty()) unlink(temporary_.c_str());
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  void write(const std::string& path, const std::string& data) {
    if (!write_all(fd_.get(), data)) throw_errno("could not write the record " + path, errno);
    // File systems without preallocation do without; a full one must be told now, not when the job ends.
    if (fallocate(fd_.get(), FALLOC_FL_KEEP_SIZE, static_cast<off_t>(data.size()), reserved_bytes) != 0 &&
        errno != EOPNOTSUPP)
      throw_errno("could not reserve space for the record " + path, errno);
  }

  // link(2), unlike rename(2), never replaces an existing record.
  Fd link_as(const std::string& path, const std::string& uuid) {
    const std::string source = temporary_.empty() ? "/proc/self/fd/" + std::to_string(fd_.get()) : temporary_;
    if (linkat(AT_FDCWD, source.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) == 0)
      return std::move(fd_);
    if (errno == EEXIST) throw Error(Errc::refused, "a job with the UUID " + uuid + " exists already");
    throw_errno("could not create the record " + path, errno);
  }

 private:
  std::string temporary_;  // "" where the file has no name
  Fd fd_;
};

}  // namespace

RecordFile::RecordFile(std::string path, Fd fd)
    : path_(std::move(path)), fd_(std::move(fd)), change_mark_(open_change_mark(folder_of(path_))) {}

RecordFile RecordFile::create(const std::string& path, const JobSpec& spec, const Event& first) {
  NewFile file(path);
  file.write(path, serialize(spec) + serialize(first));
  return {path, file.link_as(path, spec.uuid)};
}

std::optional<RecordFile> RecordFile::open_existing(const std::string& path) {
  constexpr int flags = O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;  // a FIFO in its place keeps nobody
  Fd fd(open(path.c_str(), O_RDWR | flags));
  // What can't be written can at least be looked at.
  if (!fd && (errno == EROFS || errno == EACCES)) fd = Fd(open(path.c_str(), O_RDONLY | flags));
  if (!fd && errno == ENOENT) return std::nullopt;
  if (!fd) throw_errno("could not open the record " + path, errno);
  require_regular(fd, "the record " + path);
  return RecordFile(path, std::move(fd));
}

RecordFile RecordFile::require(const std::string& path) {
  auto file = open_existing(path);
  if (!file) throw Error(Errc::failed, "there is no record " + path);
  return std::move(*file);
}

Record RecordFile::read() const {
  lseek(fd_.get(), 0, SEEK_SET);
  try {
    return parse_record(read_all(fd_.get(), path_));
  } catch (const Error& error) {
    throw Error(error.code, "the record " + path_ + " can't be read: " + error.what(), error.hint);
  }
}

bool RecordFile::append(const Event& event) const {
  // An event that a full disk cut short must not run into this one.
  char last = 0;
  const off_t size = lseek(fd_.get(), 0, SEEK_END);
  const bool torn = size > 0 && pread(fd_.get(), &last, 1, size - 1) == 1 && last != 0;
  const bool appended = write_all(fd_.get(), (torn ? std::string(torn_event_end) : "") + serialize(event));
  change_mark(change_mark_);
  return appended;
}

void RecordFile::announce(const Event& starting) const {
  const Lock guard = lock();
  if (is_deleted()) throw Error(Errc::failed, "the record " + path_ + " was flushed meanwhile");
  const std::vector<Event> events = read().events;
  if (std::any_of(events.begin(), events.end(),
                  [&](const Event& event) { return event.kind == "starting" && event.run >= starting.run; }))
    throw Error(Errc::refused, "its run " + std::to_string(starting.run) + " was begun meanwhile");
  if (!append(starting)) throw_errno("could not write the record " + path_, errno);
}

void RecordFile::redefine(const JobSpec& spec, const Event& starting) const {
  Event defined("defined", starting.run, {{"spec", serialize(spec)}, {"by", starting.text("by")}});
  defined.time = starting.time;
  // As much is to be left for the run's end as before.
  const off_t size = lseek(fd_.get(), 0, SEEK_END);
  const bool has_room = fallocate(fd_.get(), FALLOC_FL_KEEP_SIZE, size, 2 * reserved_bytes) == 0;
  if ((!has_room && errno != EOPNOTSUPP) || !append(defined))
    throw_errno("could not write the record " + path_, errno);
}

void RecordFile::sync() const {
  fsync(fd_.get());
}

void RecordFile::begin_sync() const {
  sync_file_range(fd_.get(), 0, 0, SYNC_FILE_RANGE_WRITE);
}

int64_t RecordFile::size() const {
  struct stat info {};
  return fstat(fd_.get(), &info) == 0 ? info.st_size : 0;
}

bool RecordFile::is_deleted() const {
  struct stat info {};
  return fstat(fd_.get(), &info) == 0 && info.st_nlink == 0;
}

namespace {

// Whether it was taken, or can't be taken at all, as on some network file systems.
bool take_lock(int fd, int flags) {
  int result = 0;
  while ((result = flock(fd, LOCK_EX | flags)) != 0 && errno == EINTR) {
  }
  return result == 0 || errno != EWOULDBLOCK;
}

}  // namespace

RecordFile::Lock::Lock(int fd) : fd_(fd) {
  if (fd_ >= 0) take_lock(fd_, 0);
}

RecordFile::Lock::~Lock() {
  if (fd_ >= 0) flock(fd_, LOCK_UN);
}

bool RecordFile::keep_locked(bool wait) {
  return is_kept_locked_ = take_lock(fd_.get(), wait ? 0 : LOCK_NB);
}

std::string jobs_dir(const std::string& state_dir) {
  return state_dir + "/jobs";
}

std::string record_path(const std::string& state_dir, const std::string& uuid) {
  return jobs_dir(state_dir) + "/" + uuid;
}

std::vector<std::string> list_records(const std::string& state_dir) {
  std::vector<std::string> uuids;
  for (std::string& name : names_in(jobs_dir(state_dir)))
    if (is_uuid(name)) uuids.push_back(std::move(name));
  return uuids;
}

std::string fifo_path(const std::string& runtime_dir, const std::string& uuid) {
  return runtime_dir + "/" + uuid + ".start";
}

std::string terminal_path(const std::string& runtime_dir, const std::string& uuid) {
  return runtime_dir + "/" + uuid + ".tty";
}

std::string asked_path(const std::string& runtime_dir, const std::string& uuid) {
  return runtime_dir + "/" + uuid + ".asked";
}

std::string health_path(const std::string& runtime_dir, const std::string& uuid) {
  return runtime_dir + "/" + uuid + ".health";
}

std::string kept_unit_path(const std::string& runtime_dir, const std::string& unit) {
  return runtime_dir + "/" + unit;
}

}  // namespace jobctl
