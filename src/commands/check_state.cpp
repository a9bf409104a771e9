// doctor: directories, records, registry, history.
#include <algorithm>
#include <cerrno>
#include <set>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "commands/finding.hpp"
#include "commands/job_file.hpp"
#include "config/toml_tree.hpp"
#include "output/words.hpp"
#include "registry/history_file.hpp"
#include "util/directories.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

constexpr uint64_t little_space = 64 << 20, few_files = 100;
constexpr mode_t of_others = 077, writable_by_others = 022;

std::string shell_command(const char* command, const std::string& path) {
  return std::string(command) + " " + shell_quote({path});
}

std::string set_aside(const std::string& path) {
  return "mv " + shell_quote({path, path + ".aside"});
}

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
       shell_command(forbidden == of_others ? "chmod go-rwx" : "chmod go-w", path),
       [path, right] { change_mode(path, right); }});
}

void check_space(const std::string& path, Findings& findings) {
  struct statvfs info {};
  if (statvfs(path.c_str(), &info) != 0) return;
  const uint64_t left = uint64_t{info.f_bavail} * info.f_frsize;
  const bool counts_files = info.f_files > 0;  // btrfs has no number of inodes
  std::string what;
  if (left < little_space)
    what = "only " + bytes_in_words(left) + " are left for ";
  else if (counts_files && info.f_favail < few_files)
    what =
        "only " + count_in_words(info.f_favail, "more file has", "more files have") + " an inode left for ";
  if (!what.empty()) findings.push_back({"space", what + path, "jobctl flush --logs --older-than 7d"});
}

Finding unusable(const std::string& path, mode_t mode, int error) {
  Finding found{"directories", path + " can't be used: " + errno_text(error),
                shell_command("findmnt -T", path) + "   # how is it mounted?"};
  if (error != EACCES) return found;
  found.hint = shell_command("chmod u+rwx", path);
  found.mend = [path, mode] { change_mode(path, mode | S_IRWXU); };
  return found;
}

// Whether files can be made in it. One that is missing is made when it is needed.
bool check_directory(const std::string& path, Findings& findings) {
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0) return false;
  if (S_ISLNK(info.st_mode) && stat(path.c_str(), &info) != 0)
    findings.push_back({"directories", path + " is a link that leads nowhere", set_aside(path)});
  else if (!S_ISDIR(info.st_mode))
    findings.push_back({"directories", path + " is no directory", set_aside(path)});
  else if (info.st_uid != geteuid())
    findings.push_back({"directories", path + " is " + user_name(info.st_uid) + "'s",
                        shell_command(("sudo chown -R " + user_name(geteuid())).c_str(), path)});
  else if (access(path.c_str(), R_OK | W_OK | X_OK) != 0)
    findings.push_back(unusable(path, info.st_mode & 07777, errno));
  else
    return true;
  return false;
}

// One of the directories of the configuration.
void check_place(const std::string& path, mode_t forbidden, Findings& findings) {
  if (path.empty() || !check_directory(path, findings)) return;
  struct stat info {};
  const bool is_link = lstat(path.c_str(), &info) == 0 && S_ISLNK(info.st_mode);
  if (!is_link) check_mode(path, info, forbidden, findings);  // where a link leads is its maker's
  check_space(path, findings);
}

// Where logs of the jobs' types lie, and will lie.
std::set<std::string> log_folders(const std::string& logs, const RecordedJobs& recorded) {
  std::set<std::string> folders;
  for (const Job& job : recorded.jobs)
    if (job.spec.log_file.starts_with(logs + "/"))
      folders.insert(job.spec.log_file.substr(0, job.spec.log_file.rfind('/')));
  folders.erase(logs);
  return folders;
}

// Records hold environments, and these hold secrets. What is no file is told of as unreadable.
void check_record_mode(const std::string& path, Findings& findings) {
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return;
  check_mode(path, info, of_others, findings);
  if ((info.st_mode & (S_IRUSR | S_IWUSR)) != (S_IRUSR | S_IWUSR) && info.st_uid == geteuid())
    findings.push_back(
        {"records", path + " is closed to its own owner", shell_command("chmod u+rw", path),
         [path, mode = info.st_mode & 07777] { change_mode(path, mode | S_IRUSR | S_IWUSR); }});
}

// Of jobs that have ended; of the others their units tell.
void check_lost_records(Context& context, const RecordedJobs& recorded, Findings& findings) {
  constexpr size_t at_once = 100;
  const std::set<std::string> known(recorded.uuids.begin(), recorded.uuids.end());
  std::vector<Job> lost = context.registry().find({});
  std::erase_if(lost, [&](const Job& job) {
    return !job.current.ended_at || known.contains(job.spec.uuid) ||
           !is_missing(context.record_path(job.spec.uuid));
  });
  if (lost.empty()) return;
  Finding found{"records", "", "jobctl flush"};
  if (lost.size() == 1)
    found.what = "the record of " + shown_name(lost[0].spec) + " (" + lost[0].spec.uuid + ") is gone";
  else
    found.what = "the records of " + std::to_string(lost.size()) + " jobs are gone";
  for (size_t i = 0; i < std::min(lost.size(), at_once); ++i)
    found.hint += " " + lost[i].spec.uuid.substr(0, 8);
  if (lost.size() > at_once) found.hint += "   # the first " + std::to_string(at_once);
  findings.push_back(std::move(found));
}

void check_registry(Context& context, const RecordedJobs& recorded, Findings& findings) {
  Registry& registry = context.registry();
  const std::string path = context.config().paths.state_dir + "/jobs.db";
  const auto make_anew = [path] { unlink(path.c_str()); };
  const std::string hint = shell_command("rm", path) + "   # it is made anew from the records";
  if (!registry.read_only_reason().empty()) {
    findings.push_back(
        {"registry", path + " can't be used: " + registry.read_only_reason(), set_aside(path)});
    return;
  }
  if (const std::string damage = registry.damage(); !damage.empty()) {
    findings.push_back({"registry", path + " is damaged: " + printable_ascii(damage, 100), hint, make_anew});
    return;
  }
  if (const auto missing = registry.without_row(recorded.uuids); missing.size() > recorded.unreadable.size())
    findings.push_back({"registry",
                        count_in_words(missing.size() - recorded.unreadable.size(), "job is", "jobs are") +
                            " in the records and not in " + path,
                        hint, make_anew});
  check_lost_records(context, recorded, findings);
}

void check_history(const Context& context, Findings& findings) {
  const std::string& state_dir = context.config().paths.state_dir;
  const std::string text = history_text(state_dir);
  const auto lines = static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
  const size_t entries = read_history(state_dir).size();
  if (entries < lines)
    findings.push_back({"history",
                        count_in_words(lines - entries, "line", "lines") + " of " + history_path(state_dir) +
                            " can't be read",
                        shell_command("less", history_path(state_dir))});
}

}  // namespace

RecordedJobs read_recorded_jobs(const Context& context) {
  RecordedJobs recorded;
  recorded.is_complete = access(context.jobs_dir().c_str(), R_OK | X_OK) == 0 || errno == ENOENT;
  recorded.uuids = list_records(context.config().paths.state_dir);
  std::sort(recorded.uuids.begin(), recorded.uuids.end());
  for (const std::string& uuid : recorded.uuids) try {
      if (const auto file = RecordFile::open_existing(context.record_path(uuid)))
        recorded.jobs.push_back(to_job(file->read()));
    } catch (const Error& error) {
      recorded.unreadable.emplace_back(uuid, error);
    }
  for (const std::string& file : job_files(context))
    recorded.of_job_files.insert(uuid_of_job_file(context, name_of_toml(file)));
  recorded.active = static_cast<size_t>(std::count_if(recorded.jobs.begin(), recorded.jobs.end(),
                                                      [](const Job& job) { return is_active(job.state); }));
  return recorded;
}

void check_directories(Context& context, Findings& findings) {
  const Paths& paths = context.config().paths;
  check_place(paths.state_dir, writable_by_others, findings);
  check_place(context.jobs_dir(), of_others, findings);
  if (paths.logs != paths.state_dir) check_place(paths.logs, writable_by_others, findings);
  check_place(paths.runtime_dir, of_others, findings);
}

void check_records(Context& context, Findings& findings, const RecordedJobs& recorded) {
  for (const std::string& folder : log_folders(context.config().paths.logs, recorded))
    check_directory(folder, findings);
  for (const std::string& uuid : recorded.uuids) check_record_mode(context.record_path(uuid), findings);
  for (const auto& [uuid, error] : recorded.unreadable)
    findings.push_back(
        {"records", error.what(), error.hint.empty() ? set_aside(context.record_path(uuid)) : error.hint});
  check_registry(context, recorded, findings);
  check_history(context, findings);
}

}  // namespace jobctl
