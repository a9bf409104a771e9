#include "journal/reader.hpp"

#include <algorithm>
#include <cstring>
#include <ctime>

#include <pwd.h>
#include <sys/poll.h>
#include <unistd.h>

#include "util/error.hpp"
#include "util/text.hpp"

namespace jobctl {
namespace {

constexpr uid_t first_ordinary_user = 1000;

int check(int result, const char* what) {
  if (result < 0) throw_errno(std::string("could not ") + what + " the journal", -result);
  return result;
}

// journald keeps the journal on disk (journald.conf(5), Storage=), where users have a journal file each.
bool is_persistent() {
  sd_id128_t machine;
  if (sd_id128_get_machine(&machine) < 0) return false;
  char id[SD_ID128_STRING_MAX];
  return access((std::string("/var/log/journal/") + sd_id128_to_string(machine, id)).c_str(), F_OK) == 0;
}

std::string user_name() {
  const passwd* user = getpwuid(geteuid());
  return user ? user->pw_name : "USER";
}

// sd_journal_open() succeeds where it may read no file at all, and then every job seems to have written
// nothing.
void check_readable(sd_journal* journal, bool system) {
  if (sd_journal_has_persistent_files(journal) > 0 || sd_journal_has_runtime_files(journal) > 0) return;
  if (access("/run/systemd/journal/socket", F_OK) != 0)
    throw Error(Errc::failed, "could not read the journal: journald does not run on this machine");
  // A user's file is made with the first line, so one may be missing that will come.
  if (is_persistent() && !system && geteuid() >= first_ordinary_user) return;
  if (geteuid() == 0) return;
  const std::string why = system ? "its files may be read by the group systemd-journal only"
                                 : "journald keeps no journal of this user's own (volatile storage)";
  throw Error(Errc::failed, "could not read the journal: " + why + "; a group holds from the next login on",
              "sudo usermod -aG systemd-journal " + shell_quote({user_name()}));
}

}  // namespace

// For users with the system's files too: where users have none of their own, members of the group
// systemd-journal find their lines there. The matches pick the job's.
JournalReader::JournalReader(bool system, const std::vector<std::string>& invocation_ids)
    : has_runs_(!invocation_ids.empty()) {
  sd_journal* journal = nullptr;
  const int files = SD_JOURNAL_SYSTEM | (system ? 0 : SD_JOURNAL_CURRENT_USER);
  check(sd_journal_open(&journal, SD_JOURNAL_LOCAL_ONLY | files), "open");
  journal_.reset(journal);
  check_readable(journal, system);
  check(sd_journal_set_data_threshold(journal, 0),
        "read");  // else long lines are cut where they are compressed
  match(invocation_ids);
  check(sd_journal_seek_head(journal), "read");
}

// Matches for one field are alternatives, different fields must all match: sd_journal_add_match(3).
void JournalReader::match(const std::vector<std::string>& invocation_ids) {
  for (const std::string& id : invocation_ids)
    check(sd_journal_add_match(journal_.get(), ("_SYSTEMD_INVOCATION_ID=" + id).c_str(), 0), "search");
  check(sd_journal_add_match(journal_.get(), "_TRANSPORT=stdout", 0), "search");
}

void JournalReader::seek_last(size_t count) {
  check(sd_journal_seek_tail(journal_.get()), "read");
  const int moved = check(sd_journal_previous_skip(journal_.get(), std::max<size_t>(count, 1)), "read");
  at_entry_ = moved > 0 && count > 0;
  // Without any entry the position is undefined, and what comes later would be skipped.
  if (moved == 0) check(sd_journal_seek_head(journal_.get()), "read");
}

void JournalReader::seek_since(Time time) {
  check(sd_journal_seek_realtime_usec(journal_.get(), static_cast<uint64_t>(to_micros(time))), "read");
  at_entry_ = false;
}

bool JournalReader::advance() {
  if (!has_runs_) return false;  // without a match of theirs, all jobs' lines would do
  if (std::exchange(at_entry_, false)) return true;
  return check(sd_journal_next(journal_.get()), "read") > 0;
}

std::optional<std::string> JournalReader::field(const char* name) {
  const void* data = nullptr;
  size_t size = 0;
  if (sd_journal_get_data(journal_.get(), name, &data, &size) < 0) return std::nullopt;
  const size_t skip = std::strlen(name) + 1;  // "NAME="
  return std::string(static_cast<const char*>(data) + skip, size - skip);
}

std::optional<JournalLine> JournalReader::next() {
  if (!advance()) return std::nullopt;
  JournalLine line;
  uint64_t micros = 0;
  check(sd_journal_get_realtime_usec(journal_.get(), &micros), "read");
  line.time = from_micros(static_cast<int64_t>(micros));
  line.bytes = field("MESSAGE").value_or("");
  const std::string priority = field("PRIORITY").value_or("");
  if (priority.size() == 1 && priority[0] >= '0' && priority[0] <= '7') line.priority = priority[0] - '0';
  line.continues = field("_LINE_BREAK") == "line-max";
  return line;
}

int JournalReader::fd() {
  return check(sd_journal_get_fd(journal_.get()), "follow");
}

short JournalReader::events() {
  return static_cast<short>(check(sd_journal_get_events(journal_.get()), "follow"));
}

int JournalReader::poll_timeout() {
  uint64_t until = 0;  // CLOCK_MONOTONIC
  check(sd_journal_get_timeout(journal_.get(), &until), "follow");
  if (until == UINT64_MAX) return -1;
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const uint64_t micros =
      static_cast<uint64_t>(now.tv_sec) * 1000000 + static_cast<uint64_t>(now.tv_nsec) / 1000;
  return until <= micros ? 0 : static_cast<int>(std::min<uint64_t>((until - micros + 999) / 1000, INT32_MAX));
}

bool JournalReader::process() {
  return check(sd_journal_process(journal_.get()), "follow") != SD_JOURNAL_NOP;
}

}  // namespace jobctl
