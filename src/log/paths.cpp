#include "log/paths.hpp"

#include <cerrno>
#include <cstdio>
#include <ctime>

#include <fcntl.h>
#include <sys/stat.h>

#include "util/directories.hpp"
#include "util/error.hpp"

namespace jobctl {

namespace {

constexpr size_t longest_type = 100;  // a whole name stays below NAME_MAX (255)

std::string quoted(unsigned char byte, bool first) {
  const bool plain = byte >= 0x20 && byte != 0x7f && byte != '/' && byte != '%' && !(first && byte == '.');
  if (plain) return {static_cast<char>(byte)};
  char text[4];
  snprintf(text, sizeof text, "%%%02X", byte);
  return text;
}

bool is_continuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xc0) == 0x80;
}

// Removes the start of a UTF-8 character whose rest was cut off.
void drop_partial_character(std::string& name) {
  while (!name.empty() && is_continuation(name.back())) name.pop_back();
  if (!name.empty()) name.pop_back();
}

std::string file_name(std::string_view type) {
  std::string name;
  for (const char byte : type) {
    const std::string piece = quoted(static_cast<unsigned char>(byte), name.empty());
    if (name.size() + piece.size() > longest_type) {
      if (is_continuation(byte)) drop_partial_character(name);
      break;
    }
    name += piece;
  }
  return name.empty() ? "job" : name;
}

std::string to_stamp(Time time) {
  const time_t seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  struct tm utc = {};
  gmtime_r(&seconds, &utc);
  char text[64];
  strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &utc);
  return text;
}

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw Error(Errc::failed, "could not open the log " + path + ": " + why);
}

// In the words of what lies there rather than of open(2), whose ENXIO is "no such device or address".
[[noreturn]] void explain(const std::string& path, int error) {
  struct stat status = {};
  if (lstat(path.c_str(), &status) == 0) {
    if (S_ISLNK(status.st_mode)) refuse(path, "it is a symbolic link");
    if (S_ISDIR(status.st_mode)) refuse(path, "it is a directory");
    if (S_ISFIFO(status.st_mode)) refuse(path, "it is a FIFO");
    if (S_ISSOCK(status.st_mode)) refuse(path, "it is a socket");
  }
  refuse(path, errno_text(error));
}

// O_NONBLOCK, because opening a FIFO waits for its reader; on a file it means nothing.
constexpr int open_flags = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;

void set_blocking(int fd) {
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
}

}  // namespace

std::string log_path(const std::string& log_dir, std::string_view type, const std::string& uuid) {
  const std::string name = file_name(type);
  return log_dir + "/" + name + "/" + name + "-" + uuid + ".log";
}

std::string collected_log_path(const std::string& log_dir, std::string_view type, Time time) {
  const std::string name = file_name(type);
  const std::string stem = log_dir + "/" + name + "/" + name + "-" + to_stamp(time);
  make_parents(stem);
  for (int number = 1;; number++) {
    std::string path = stem + (number == 1 ? "" : "-" + std::to_string(number)) + ".log";
    if (Fd(open(path.c_str(), open_flags | O_EXCL, 0600))) return path;
    if (errno != EEXIST) throw_errno("could not create " + path, errno);
  }
}

Fd create_log(const std::string& path) {
  make_parents(path);
  Fd fd(open(path.c_str(), open_flags, 0600));
  if (!fd) explain(path, errno);
  struct stat status = {};
  if (fstat(fd.get(), &status) < 0) refuse(path, errno_text(errno));
  if (S_ISFIFO(status.st_mode)) refuse(path, "it is a FIFO");
  if (!S_ISREG(status.st_mode) && !S_ISCHR(status.st_mode)) refuse(path, "it is not a regular file");
  set_blocking(fd.get());
  return fd;
}

}  // namespace jobctl
