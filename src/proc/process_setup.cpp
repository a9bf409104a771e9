#include "proc/process_setup.hpp"

#include <algorithm>
#include <functional>

#include <sys/resource.h>
#include <sys/stat.h>

#include "proc/read.hpp"
#include "util/number.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

constexpr size_t most_environment = 1 << 20;

std::string directory_of(pid_t pid, const std::string& proc) {
  return proc + "/" + std::to_string(pid);
}

// The words behind "Key:" in proc_pid_status(5).
std::vector<std::string> status_words(const std::string& status, const std::string& key) {
  const size_t at = ("\n" + status).find("\n" + key + ":");
  if (at == std::string::npos) return {};
  const size_t begin = at + key.size() + 1;
  std::string line = status.substr(begin, status.find('\n', begin) - begin);
  std::replace(line.begin(), line.end(), '\t', ' ');
  std::vector<std::string> words = split(line, ' ');
  std::erase(words, "");
  return words;
}

std::optional<mode_t> umask_in(const std::string& status) {
  const auto words = status_words(status, "Umask");
  if (words.empty()) return std::nullopt;
  return static_cast<mode_t>(std::stoul(words.front(), nullptr, 8));
}

// Real, effective, saved and of the file system.
bool are_the_same(const std::vector<uint32_t>& ids) {
  return std::adjacent_find(ids.begin(), ids.end(), std::not_equal_to<>()) == ids.end();
}

void take_user(ProcessSetup& setup, const std::string& status) {
  const auto users = status_numbers(status, "Uid"), groups = status_numbers(status, "Gid");
  if (users.empty() || groups.empty()) return;
  setup.user = {users.front(), groups.front(), status_numbers(status, "Groups")};
  setup.changes_user = !are_the_same(users) || !are_the_same(groups);
}

std::vector<ResourceLimit> limits_of(pid_t pid) {
  std::vector<ResourceLimit> limits;
  for (int resource = 0; resource < static_cast<int>(RLIM_NLIMITS); ++resource) {
    rlimit limit{};
    if (prlimit(pid, static_cast<__rlimit_resource>(resource), nullptr, &limit) == 0)
      limits.push_back({resource, limit.rlim_cur, limit.rlim_max});
  }
  return limits;
}

// That is still there under this name, so that it can be followed.
bool is_this_file(const std::string& link, const std::string& path) {
  struct stat printed {
  }, named{};
  return stat(link.c_str(), &printed) == 0 && S_ISREG(printed.st_mode) && lstat(path.c_str(), &named) == 0 &&
         named.st_dev == printed.st_dev && named.st_ino == printed.st_ino;
}

}  // namespace

ProcessSetup read_process_setup(pid_t pid, const std::string& proc) {
  const std::string directory = directory_of(pid, proc), output = directory + "/fd/1";
  const std::string status = read_small_file(directory + "/status").value_or("");
  ProcessSetup setup;
  setup.environment = environment_of(pid, proc);
  setup.umask = umask_in(status);
  setup.limits = limits_of(pid);
  take_user(setup, status);
  setup.printed = read_link(output);
  if (is_this_file(output, setup.printed)) setup.log = setup.printed;
  return setup;
}

std::vector<std::string> environment_of(pid_t pid, const std::string& proc) {
  std::string text = read_small_file(directory_of(pid, proc) + "/environ", most_environment).value_or("");
  if (text.ends_with('\0')) text.pop_back();
  return text.empty() ? std::vector<std::string>{} : split(text, '\0');
}

std::vector<uint32_t> status_numbers(const std::string& status, const std::string& key) {
  std::vector<uint32_t> numbers;
  for (const std::string& word : status_words(status, key))
    if (const auto number = parse_number<uint32_t>(word)) numbers.push_back(*number);
  return numbers;
}

pid_t process_of_thread(pid_t tid, const std::string& proc) {
  const auto words = status_words(read_small_file(directory_of(tid, proc) + "/status").value_or(""), "Tgid");
  return words.empty() ? 0 : parse_number<pid_t>(words.front()).value_or(0);
}

}  // namespace jobctl
