#include "job/query.hpp"

#include <algorithm>

#include <fnmatch.h>

#include "util/display.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace jobctl {
namespace {

constexpr size_t shortest_prefix = 4;
constexpr size_t shown_prefix = 8;

bool matches(const std::string& glob, const std::string& text) {
  return fnmatch(glob.c_str(), text.c_str(), 0) == 0;
}

bool matches_one(const std::vector<std::string>& globs, const std::string& text) {
  return std::any_of(globs.begin(), globs.end(), [&](const auto& glob) { return matches(glob, text); });
}

bool matches_label(const Query& query, const Job& job) {
  for (const auto& [key_glob, value_glob] : query.labels)
    for (const auto& [key, value] : job.spec.labels)
      if (matches(key_glob, key) && matches(value_glob, value)) return true;
  return false;
}

// ---- positionals

using Candidates = std::vector<const Job*>;

// The jobs that one positional may mean. A whole UUID means its job, whatever the names of others.
Candidates candidates(const std::string& text, const std::vector<Job>& jobs) {
  const std::string uuid = ascii_lower(text);
  Candidates found;
  for (const Job& job : jobs) {
    if (job.spec.uuid == uuid) return {&job};
    if (may_mean(text, job)) found.push_back(&job);
  }
  return found;
}

// As many digits of the job's UUID as tell it from all others, at least 8.
std::string unique_prefix(const std::string& uuid, const std::vector<Job>& jobs) {
  size_t length = shown_prefix;
  for (const Job& job : jobs) {
    if (job.spec.uuid == uuid) continue;
    const auto end =
        std::mismatch(uuid.begin(), uuid.end(), job.spec.uuid.begin(), job.spec.uuid.end()).first;
    length = std::max(length, static_cast<size_t>(end - uuid.begin()) + 1);
  }
  return uuid.substr(0, length);
}

// "09:12", "yesterday", "2026-11-16".
std::string day_or_time(Time time, Time now) {
  const std::string local = to_local(time);
  const std::string day = local.substr(0, 10);
  if (day == to_local(now).substr(0, 10)) return local.substr(11, 5);
  return day == to_local(now - std::chrono::days(1)).substr(0, 10) ? "yesterday" : day;
}

std::string since_when(const Job& job, Time now) {
  if (!is_active(job.state)) return job.current.ended_at ? day_or_time(*job.current.ended_at, now) : "";
  return "since " + day_or_time(job.current.started_at.value_or(job.current.requested_at), now);
}

std::string count_in_words(size_t count) {
  static constexpr const char* words[] = {"two",   "three", "four", "five", "six",
                                          "seven", "eight", "nine", "ten"};
  return count <= 10 ? words[count - 2] : std::to_string(count);
}

std::string padded(const std::string& text, size_t width) {
  return text + std::string(width - std::min(width, text.size()), ' ') + "  ";
}

[[noreturn]] void throw_ambiguous(const std::string& text, const Candidates& found,
                                  const std::vector<Job>& jobs, Time now) {
  std::vector<std::string> prefixes, cells;
  size_t prefix_width = 0, cell_width = 0;
  for (const Job* job : found) {
    prefixes.push_back(unique_prefix(job->spec.uuid, jobs));
    cells.push_back(state_cell(job->state, job->current));
    prefix_width = std::max(prefix_width, prefixes.back().size());
    cell_width = std::max(cell_width, cells.back().size());
  }
  std::string message = text + " is " + count_in_words(found.size()) + " jobs; name one by UUID:";
  for (size_t i = 0; i < found.size(); ++i) {
    std::string line =
        padded(prefixes[i], prefix_width) + padded(cells[i], cell_width) + since_when(*found[i], now);
    line.erase(line.find_last_not_of(' ') + 1);
    message += "\n  " + line;
  }
  throw Error(Errc::ambiguous, message);
}

// The job that a positional means, nullptr where the filters leave none. Filters narrow what a name may mean,
// so that `kill nightly --state running` needs no UUID; with `any` they add, and narrow nothing.
const Job* resolve(const std::string& text, const Query& query, const std::vector<Job>& jobs, Time now) {
  Candidates found = candidates(text, jobs);
  if (found.empty()) throw Error(Errc::no_such_job, "no job named " + text, "jobctl list -a shows all");
  if (query.has_filters() && !query.any)
    std::erase_if(found, [&](const Job* job) { return !matches_filters(query, *job); });
  if (found.size() > 1) throw_ambiguous(text, found, jobs, now);
  return found.empty() ? nullptr : found.front();
}

// ---- words

std::string phrase(const std::string& lead, const std::vector<std::string>& values) {
  return lead + " " + visible(join(values, " or "));
}

std::vector<std::string> state_words(const Query& query) {
  std::vector<std::string> words;
  for (const State state : query.states) words.emplace_back(to_string(state));
  return words;
}

std::vector<std::string> label_words(const Query& query) {
  std::vector<std::string> words;
  for (const auto& [key, value] : query.labels) words.push_back(value == "*" ? key : key + "=" + value);
  return words;
}

}  // namespace

bool Query::empty() const {
  return names.empty() && !has_filters();
}

bool Query::has_filters() const {
  return !(name_globs.empty() && types.empty() && sessions.empty() && users.empty() && states.empty() &&
           labels.empty());
}

bool may_mean(const std::string& text, const Job& job) {
  return job.spec.name == text ||
         (text.size() >= shortest_prefix && job.spec.uuid.starts_with(ascii_lower(text)));
}

bool matches_filters(const Query& query, const Job& job) {
  const std::pair<bool, bool> filters[] = {
      // given, matches
      {!query.name_globs.empty(), matches_one(query.name_globs, job.spec.name)},
      {!query.types.empty(), matches_one(query.types, job.spec.type)},
      {!query.sessions.empty(), matches_one(query.sessions, job.spec.session)},
      {!query.users.empty(), matches_one(query.users, job.spec.user)},
      {!query.states.empty(), std::count(query.states.begin(), query.states.end(), job.state) > 0},
      {!query.labels.empty(), matches_label(query, job)},
  };
  const auto matched = [](const auto& filter) { return filter.second; };
  if (query.any) return std::any_of(std::begin(filters), std::end(filters), matched);
  const auto passed = [](const auto& filter) { return !filter.first || filter.second; };
  return query.has_filters() && std::all_of(std::begin(filters), std::end(filters), passed);
}

std::vector<Job> select(const Query& query, const std::vector<Job>& jobs, Time now) {
  std::vector<const Job*> named;
  for (const std::string& name : query.names) named.push_back(resolve(name, query, jobs, now));
  std::vector<Job> selected;
  for (const Job& job : jobs) {
    const bool is_named = std::count(named.begin(), named.end(), &job) > 0;
    const bool by_filters = query.names.empty() || query.any;
    if (is_named || (by_filters && matches_filters(query, job))) selected.push_back(job);
  }
  return selected;
}

std::string in_words(const Query& query) {
  std::vector<std::string> phrases;
  const auto add = [&](const char* lead, const std::vector<std::string>& values) {
    if (!values.empty()) phrases.push_back(phrase(lead, values));
  };
  add("named", query.names);
  add("named", query.name_globs);
  add("of type", query.types);
  add("in session", query.sessions);
  add("of user", query.users);
  add("in state", state_words(query));
  add("with label", label_words(query));
  return join(phrases, query.any ? " or " : " ");
}

}  // namespace jobctl
