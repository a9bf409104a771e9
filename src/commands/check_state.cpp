// doctor: the directories and the files in them: whose they are, who may do what with them, how much room
// there is.
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "commands/finding.hpp"
#include "output/words.hpp"
#include "util/directories.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

constexpr uint64_t few_files = 100;
constexpr mode_t of_others = 077, writable_by_others = 022, of_owner = S_IRUSR | S_IWUSR;

void change_mode(const std::string& path, mode_t mode) {
  if (fchmodat(AT_FDCWD, path.c_str(), mode, AT_SYMLINK_NOFOLLOW) != 0)
    throw_errno("could not change the mode of " + path, errno);
}

// `forbidden`: what others must not be allowed.
void check_mode(const std::string& path, const struct stat& info, mode_t forbidden, Findings& findings) {
  if ((info.st_mode & forbidden) == 0) return;
  const mode_t right = info.st_mode & 07777 & ~forbidden;
  findings.push_back(
      {"directories",
       path + (forbidden == of_others ? " may be looked into" : " may be changed") + " by others",
       shell_command(forbidden == of_others ? "chmod go-rwx" : "chmod go-w", path), "",
       [path, right] { change_mode(path, right); }});
}

// So much is to be left in a place; what is told where it isn't.
struct Room {
  uint64_t bytes;
  std::string hint;
};

void check_space(const std::string& path, const Room& room, Findings& findings) {
  struct statvfs info {};
  if (statvfs(path.c_str(), &info) != 0) return;
  const uint64_t left = uint64_t{info.f_bavail} * info.f_frsize;
  const bool counts_files = info.f_files > 0;  // btrfs has no number of inodes
  std::string what;
  if (left < room.bytes)
    what = "only " + bytes_in_words(left) + " are left for ";
  else if (counts_files && info.f_favail < few_files)
    what =
        "only " + count_in_words(info.f_favail, "more file has", "more files have") + " an inode left for ";
  if (!what.empty()) findings.push_back({"space", what + path, room.hint});
}

Finding unusable(const std::string& path, mode_t mode, int error) {
  Finding found{"directories", path + " can't be used: " + errno_text(error),
                shell_command("findmnt -T", path)};
  if (error != EACCES) return found;
  found.hint = shell_command("chmod u+rwx", path);
  found.mend = [path, mode] { change_mode(path, mode | S_IRWXU); };
  return found;
}

// What there is of a directory in which files can be made, a link that leads to one included. One that is
// missing is made when it is needed.
std::optional<struct stat> usable_directory(const std::string& path, Findings& findings) {
  struct stat own {};
  if (lstat(path.c_str(), &own) != 0) return std::nullopt;
  struct stat info = own;
  if (S_ISLNK(own.st_mode) && stat(path.c_str(), &info) != 0)
    findings.push_back({"directories", path + " is a link that leads nowhere", set_aside(path)});
  else if (!S_ISDIR(info.st_mode))
    findings.push_back({"directories", path + " is no directory", set_aside(path)});
  else if (info.st_uid != geteuid())
    findings.push_back({"directories", path + " is " + user_name(info.st_uid) + "'s",
                        "sudo chown -R " + shell_quote({user_name(geteuid()), path})});
  else if (access(path.c_str(), R_OK | W_OK | X_OK) != 0)
    findings.push_back(unusable(path, info.st_mode & 07777, errno));
  else
    return own;
  return std::nullopt;
}

// One that is missing is made when it is needed, in the directory above that is there.
void check_that_it_can_be_made(const std::string& path, Findings& findings) {
  std::string above = path;
  while (is_missing(above) && above.rfind('/') > 0 && above.rfind('/') != std::string::npos)
    above.resize(above.rfind('/'));
  if (above != path && access(above.c_str(), W_OK | X_OK) != 0 && errno != ENOENT)
    findings.push_back({"directories", path + " can't be made: " + errno_text(errno), "jobctl config",
                        "it is where the configuration says"});
}

// One of the directories of the configuration.
void check_place(const std::string& path, mode_t forbidden, const Room& room, Findings& findings) {
  if (path.empty()) return;
  check_that_it_can_be_made(path, findings);
  const auto info = usable_directory(path, findings);
  if (!info) return;
  if (!S_ISLNK(info->st_mode))
    check_mode(path, *info, forbidden, findings);  // where a link leads is its maker's
  check_space(path, room, findings);
}

// What is wrong with files of ours. Records hold environments, and these hold secrets.
struct Faults {
  std::vector<std::string> foreign, open_to_others, closed_to_owner;
};

// What is no file is told of where it is read.
void look_at_file(const std::string& path, Faults& faults) {
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return;
  if (info.st_uid != geteuid()) return faults.foreign.push_back(path);
  if ((info.st_mode & of_others) != 0) faults.open_to_others.push_back(path);
  if ((info.st_mode & of_owner) != of_owner) faults.closed_to_owner.push_back(path);
}

// One finding, however many they are.
void tell_of(const std::vector<std::string>& paths, const std::string& wrong, const char* command,
             const std::function<mode_t(mode_t)>& right, Findings& findings) {
  if (paths.empty()) return;
  Finding found{"files", "", paths.size() == 1 ? shell_command(command, paths[0]) : "jobctl doctor --fix"};
  found.what = (paths.size() == 1 ? paths[0] + " is " : std::to_string(paths.size()) + " files are ") + wrong;
  found.paths = paths;
  found.mend = [paths, right] {
    for (const std::string& path : paths) {
      struct stat info {};
      if (lstat(path.c_str(), &info) == 0) change_mode(path, right(info.st_mode & 07777));
    }
  };
  findings.push_back(std::move(found));
}

void tell_of_foreign(const std::vector<std::string>& paths, const std::string& folder, Findings& findings) {
  if (paths.empty()) return;
  const std::string user = user_name(geteuid());
  Finding found{"files", std::to_string(paths.size()) + " files in " + folder + " are not " + user + "'s",
                "sudo chown -R " + shell_quote({user, folder})};
  if (paths.size() == 1)
    found.what = paths[0] + " is not " + user + "'s",
    found.hint = "sudo chown " + shell_quote({user, paths[0]});
  found.paths = paths;
  findings.push_back(std::move(found));
}

void check_files(const Context& context, Findings& findings) {
  const std::string& folder = context.config().paths.state_dir;
  Faults faults;
  for (const char* name : {"/jobs.db", "/jobs.changed", "/history"}) look_at_file(folder + name, faults);
  for (const std::string& uuid : list_records(folder)) look_at_file(context.record_path(uuid), faults);
  tell_of_foreign(faults.foreign, folder, findings);
  tell_of(
      faults.open_to_others, "open to others", "chmod go-rwx", [](mode_t mode) { return mode & ~of_others; },
      findings);
  tell_of(
      faults.closed_to_owner, "closed to " + user_name(geteuid()), "chmod u+rw",
      [](mode_t mode) { return mode | of_owner; }, findings);
}

}  // namespace

void check_directories(Context& context, Findings& findings) {
  const Paths& paths = context.config().paths;
  const Room lasting{64 << 20, "jobctl flush --logs --older-than 7d"};
  check_place(paths.state_dir, writable_by_others, lasting, findings);
  check_place(context.jobs_dir(), of_others, lasting, findings);
  if (paths.logs != paths.state_dir) check_place(paths.logs, writable_by_others, lasting, findings);
  // A few FIFOs and sockets, in a small part of the memory that all of the user's programs share.
  const std::string shared = paths.runtime_dir.substr(0, paths.runtime_dir.rfind('/'));
  check_place(paths.runtime_dir, of_others, {1 << 20, shell_command("du -xh", shared)}, findings);
  check_files(context, findings);
}

void check_directory(const std::string& path, Findings& findings) {
  usable_directory(path, findings);
}

}  // namespace jobctl
