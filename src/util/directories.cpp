#include "util/directories.hpp"

#include <cerrno>
#include <memory>

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/error.hpp"

namespace jobctl {

namespace {

// mkdir(2) may fail for other reasons than that it exists already: a read-only file system, no permission.
bool is_there(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

}  // namespace

void make_directories(const std::string& path, mode_t mode) {
  if (mkdir(path.c_str(), mode) == 0) return;
  if (errno == ENOENT) {
    make_parents(path, mode);
    if (mkdir(path.c_str(), mode) == 0) return;
  }
  const int error = errno;
  if (!is_there(path))
    throw_errno("could not create the directory " + path, error == EEXIST ? ENOTDIR : error);
}

void make_parents(const std::string& path, mode_t mode) {
  const size_t slash = path.rfind('/');
  if (slash != 0 && slash != std::string::npos) make_directories(path.substr(0, slash), mode);
}

std::vector<std::string> names_in(const std::string& path) {
  std::vector<std::string> names;
  const auto close = [](DIR* handle) { closedir(handle); };
  const std::unique_ptr<DIR, decltype(close)> directory(opendir(path.c_str()), close);
  while (const dirent* entry = directory ? readdir(directory.get()) : nullptr) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  return names;
}

uint64_t file_size(const std::string& path) {
  struct stat info {};
  return lstat(path.c_str(), &info) == 0 ? static_cast<uint64_t>(info.st_size) : 0;
}

bool is_missing(const std::string& path) {
  return access(path.c_str(), F_OK) != 0 && errno == ENOENT;
}

}  // namespace jobctl
