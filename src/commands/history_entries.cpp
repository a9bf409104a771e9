#include "commands/history_entries.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include <sys/stat.h>

#include "registry/history_file.hpp"
#include "util/display.hpp"
#include "util/error.hpp"

namespace jobctl {

namespace {

Job job_of(const HistoryEntry& entry) {
  Job job;
  job.spec.uuid = entry.uuid, job.spec.name = entry.name, job.spec.type = entry.type;
  job.spec.session = entry.session, job.spec.user = entry.user, job.spec.labels = entry.labels;
  return job;
}

// Of all jobs there ever were, several may have the name.
bool is_meant(const Query& query, const Job& job) {
  const bool is_named = std::any_of(query.names.begin(), query.names.end(),
                                    [&](const std::string& text) { return may_mean(text, job); });
  const bool passes = matches_filters(query, job);
  if (query.any) return is_named || passes;
  return (query.names.empty() || is_named) && (!query.has_filters() || passes);
}

// A flush that was interrupted has written what the record still tells, and itself before it came to pass.
void drop_repeated(std::vector<HistoryEntry>& entries) {
  std::set<std::tuple<std::string, int, std::string, Time, pid_t>> seen;
  std::set<std::string> flushed;  // jobs that are flushed next
  for (size_t left = entries.size(); left > 0; --left) {
    HistoryEntry& entry = entries[left - 1];
    const bool is_flush = entry.event == "flush";
    bool is_repeated = !seen.insert({entry.uuid, entry.run, entry.event, entry.time, entry.pid}).second;
    if (is_flush)
      is_repeated = !flushed.insert(entry.uuid).second || is_repeated;
    else
      flushed.erase(entry.uuid);
    if (is_repeated) entry.event.clear();
  }
  std::erase_if(entries, [](const HistoryEntry& entry) { return entry.event.empty(); });
}

// There may be millions of entries: what isn't meant is not kept.
class Trail {
 public:
  Trail(const Query& query, const Span& span)
      : query_(query), span_(span), unknown_(query.names.begin(), query.names.end()) {}

  // Records first: what is flushed while they are read is in the file by then.
  void read(const Context& context) {
    const std::string& state_dir = context.config().paths.state_dir;
    for (const std::string& uuid : list_records(state_dir)) add_recorded(context.record_path(uuid));
    read_history(
        state_dir, [&](Time time) { return is_wanted(time); },
        [&](HistoryEntry entry) { add(std::move(entry)); });
  }

  std::vector<HistoryEntry> take() && {
    if (!unknown_.empty())
      throw Error(Errc::no_such_job, "the history knows no job named " + visible(*unknown_.begin()),
                  "jobctl history shows all");
    std::stable_sort(entries_.begin(), entries_.end(),
                     [](const HistoryEntry& a, const HistoryEntry& b) { return a.time < b.time; });
    drop_repeated(entries_);
    return std::move(entries_);
  }

 private:
  // Whoever is named may have a history outside of that time only.
  bool is_wanted(Time time) const { return !unknown_.empty() || span_.contains(time); }

  // A record that has not changed since then tells nothing newer; by a clock that may have been set
  // meanwhile.
  bool may_tell(const std::string& path) const {
    constexpr int64_t margin = int64_t{24} * 3600;
    struct stat info {};
    if (!span_.since || !unknown_.empty()) return true;
    return stat(path.c_str(), &info) == 0 && info.st_mtime + margin >= to_micros(*span_.since) / 1'000'000;
  }

  void add_recorded(const std::string& path) try {
    const auto file = may_tell(path) ? RecordFile::open_existing(path) : std::nullopt;
    if (!file) return;  // or flushed meanwhile
    for (HistoryEntry& entry : history_of(file->read())) add(std::move(entry));
  } catch (const Error& error) {
    say(error);
  }

  void add(HistoryEntry entry) {
    if (!query_.empty()) {
      const Job job = job_of(entry);
      std::erase_if(unknown_, [&](const std::string& text) { return may_mean(text, job); });
      if (!is_meant(query_, job)) return;
    }
    if (span_.contains(entry.time)) entries_.push_back(std::move(entry));
  }

  const Query& query_;
  const Span& span_;
  std::set<std::string> unknown_;  // names of which no entry was seen so far
  std::vector<HistoryEntry> entries_;
};

}  // namespace

std::vector<HistoryEntry> history_entries(const Context& context, const Query& query, const Span& span) {
  Trail trail(query, span);
  trail.read(context);
  return std::move(trail).take();
}

}  // namespace jobctl
