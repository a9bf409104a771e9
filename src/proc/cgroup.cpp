#include "proc/cgroup.hpp"

#include <algorithm>
#include <cerrno>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include "proc/read.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Only what stays below the root.
bool is_cgroup_path(const std::string& path) {
  if (!path.starts_with('/') || path.find('\0') != std::string::npos) return false;
  const std::vector<std::string> parts = split(path, '/');
  return std::find(parts.begin(), parts.end(), "..") == parts.end();
}

bool is_dot(std::string_view name) {
  return name == "." || name == "..";
}

// File systems count a directory's subdirectories as links to it, or don't count at all (1): most cgroups
// need no look inside.
bool has_none_below(const std::string& directory) {
  constexpr nlink_t without_any = 2;
  struct stat status {};
  return stat(directory.c_str(), &status) == 0 && status.st_nlink == without_any;
}

std::vector<std::string> subdirectories(const std::string& directory) {
  std::vector<std::string> names;
  if (has_none_below(directory)) return names;
  const std::unique_ptr<DIR, int (*)(DIR*)> handle(opendir(directory.c_str()), closedir);
  if (!handle) return names;
  while (const dirent* entry = readdir(handle.get()))
    if (entry->d_type == DT_DIR && !is_dot(entry->d_name)) names.push_back(directory + "/" + entry->d_name);
  return names;
}

// cgroups(7), "/proc/[pid]/cgroup".
std::string cgroup_in(std::string_view text) {
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.starts_with("0::/")) return std::string(line.substr(3));
  }
  return {};
}

// Milliseconds for poll(2). Bounded, because the last event of a cgroup is lost when it is removed within the
// 10 ms by which the kernel delays events.
int poll_timeout(Cgroup::Deadline deadline) {
  const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
  return static_cast<int>(std::clamp(left, milliseconds(0), milliseconds(100)).count());
}

}  // namespace

std::string own_cgroup(const std::string& file) {
  std::string cgroup = cgroup_in(read_file(file));
  if (cgroup.empty()) throw Error(Errc::failed, "this machine has no cgroup v2 (" + file + " names none)");
  return cgroup;
}

std::string cgroup_of(pid_t pid, const std::string& proc) {
  return cgroup_in(read_small_file(proc + "/" + std::to_string(pid) + "/cgroup").value_or(""));
}

bool is_in_cgroup(const std::string& cgroup, const std::string& upper) {
  return cgroup == upper || cgroup.starts_with(upper + "/");
}

std::string payload_of(const std::string& cgroup) {
  return cgroup + "/payload";
}

Cgroup::Cgroup(std::string path, const std::string& root, std::string proc)
    : path_(std::move(path)), directory_(root + path_), proc_(std::move(proc)) {
  if (!is_cgroup_path(path_))
    throw Error(Errc::failed, "\"" + printable_ascii(path_, 200) + "\" is no cgroup");
}

uint64_t Cgroup::id() const {
  struct stat status {};
  return stat(directory_.c_str(), &status) == 0 ? status.st_ino : 0;
}

std::vector<uint64_t> Cgroup::ids() const {
  std::vector<uint64_t> ids;
  struct stat status {};
  for (const std::string& directory : directories())
    if (stat(directory.c_str(), &status) == 0) ids.push_back(status.st_ino);
  return ids;
}

Cgroup Cgroup::pinned() const {
  Cgroup pinned = *this;
  pinned.pin_ = std::make_shared<const Fd>(open(directory_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  pinned.directory_ = "/proc/self/fd/" + std::to_string(pinned.pin_->get());
  return pinned;
}

bool Cgroup::exists() const {
  struct stat status {};
  return stat(directory_.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

std::optional<std::string> Cgroup::read(const std::string& file) const {
  return read_small_file(directory_ + "/" + file);
}

// 0, or what errno says.
int Cgroup::write(const std::string& file, const char* text) const {
  const Fd fd(open((directory_ + "/" + file).c_str(), O_WRONLY | O_CLOEXEC));
  return fd && write_all(fd.get(), text) ? 0 : errno;
}

namespace {

// Bytes of a cgroup.procs that is no longer than there are processes. The kernel adds new ones at the end of
// a list that is being read, so that whoever reads a fork bomb's to its end may never get there.
size_t most_bytes_of_pids(const std::string& proc) {
  constexpr size_t bytes_of_a_pid = 8, margin = 256, most_pids = 1 << 22;
  const std::string load =
      read_small_file(proc + "/loadavg").value_or("");  // "0.20 0.18 0.12 1/80 11206", proc(5)
  const size_t begin = load.find('/') + 1;
  const auto tasks = file_number(std::string_view(load).substr(begin, load.find(' ', begin) - begin));
  return (std::min<size_t>(tasks.value_or(most_pids), most_pids) + margin) * bytes_of_a_pid;
}

}  // namespace

// This cgroup's and those below it, each after the one that it lies in. A job may nest cgroups as deeply as
// it likes, so no recursion.
std::vector<std::string> Cgroup::directories() const {
  std::vector<std::string> found = {directory_};
  for (size_t i = 0; i < found.size(); ++i)
    for (std::string& name : subdirectories(found[i])) found.push_back(std::move(name));
  return found;
}

void Cgroup::make() const {
  if (mkdir(directory_.c_str(), 0755) != 0 && errno != EEXIST)
    throw_errno("could not make the cgroup " + path_, errno);
}

void Cgroup::remove() const {
  std::vector<std::string> deepest_last = directories();
  while (!deepest_last.empty()) {
    rmdir(deepest_last.back().c_str());
    deepest_last.pop_back();
  }
}

// Only of a long list it has to be known how long it may be.
std::string Cgroup::read_pids(const std::string& directory) const {
  constexpr size_t usual = 65536;
  const std::string file = directory + "/cgroup.procs";
  const std::string text = read_small_file(file, usual).value_or("");
  return text.size() < usual ? text : read_small_file(file, most_bytes_of_pids(proc_)).value_or("");
}

// A cgroup that can't be read is one that is gone, or whose threads belong to a process that is listed above
// it.
void Cgroup::each_process(const std::function<void(pid_t)>& visit) const {
  for (const std::string& directory : directories()) {
    const std::string text = read_pids(directory);
    for (std::string_view rest = text; !rest.empty();)
      if (const auto pid = file_number(take_line(rest))) visit(static_cast<pid_t>(*pid));
  }
}

size_t Cgroup::count_processes() const {
  size_t count = 0;
  each_process([&](pid_t) { count++; });
  return count;
}

std::vector<pid_t> Cgroup::pids() const {
  std::vector<pid_t> pids;
  each_process([&](pid_t pid) {
    if (pid > 0) pids.push_back(pid);
  });
  std::sort(pids.begin(), pids.end());
  pids.erase(std::unique(pids.begin(), pids.end()), pids.end());
  return pids;
}

bool Cgroup::populated() const {
  return keyed_number(read("cgroup.events").value_or(""), "populated") == 1;
}

void Cgroup::refuse_root(const char* what) const {
  if (path_.find_first_not_of('/') == std::string::npos)
    throw Error(Errc::failed, std::string("refusing to ") + what + " the root cgroup");
}

void Cgroup::freeze(bool frozen) const {
  refuse_root("freeze");
  const int error = write("cgroup.freeze", frozen ? "1" : "0");
  if (error != 0 && (frozen || exists()))
    throw_errno(std::string("could not ") + (frozen ? "freeze " : "thaw ") + path_, error);
}

bool Cgroup::frozen() const {
  return keyed_number(read("cgroup.events").value_or(""), "frozen") == 1;
}

bool Cgroup::freeze_requested() const {
  return file_number(read("cgroup.freeze").value_or("")) == 1;
}

bool Cgroup::wait_until_empty(Deadline deadline) const {
  return wait_for_event("populated", false, deadline);
}

bool Cgroup::wait_until_frozen(bool frozen, Deadline deadline) const {
  return wait_for_event("frozen", frozen, deadline);
}

// Changes of cgroup.events are told as POLLPRI. A cgroup that is gone has no events left: every value is 0.
bool Cgroup::wait_for_event(const char* key, bool value, Deadline deadline) const {
  const std::string file = directory_ + "/cgroup.events";
  const Fd fd(open(file.c_str(), O_RDONLY | O_CLOEXEC));
  for (;;) {
    char text[256];
    const ssize_t size = fd ? pread(fd.get(), text, sizeof text, 0) : 0;
    const std::string_view events(text, static_cast<size_t>(std::max<ssize_t>(size, 0)));
    if ((keyed_number(events, key).value_or(0) == 1) == value) return true;
    if (size <= 0 || steady_clock::now() >= deadline) return false;
    pollfd changed = {fd.get(), POLLPRI, 0};
    poll(&changed, 1, poll_timeout(deadline));
  }
}

}  // namespace jobctl
