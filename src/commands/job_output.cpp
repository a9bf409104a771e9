#include "commands/job_output.hpp"

#include <algorithm>

#include <sys/stat.h>

#include "commands/records.hpp"
#include "journal/reader.hpp"
#include "log/follower.hpp"
#include "log/tail.hpp"
#include "util/error.hpp"

namespace jobctl {

namespace {

Run find_run(const std::vector<Run>& runs, int number, const Job& job) {
  for (const Run& run : runs)
    if (run.number == number) return run;
  throw Error(Errc::usage, job.spec.name + " has no run " + std::to_string(number) + " (it has " +
                               std::to_string(runs.size()) + ")");
}

class FileOutput : public JobOutput {
 public:
  FileOutput(Context& context, const Job& job, const OutputRange& range)
      : follower_(job.spec.own_log.empty() ? job.spec.log_file : job.spec.own_log,
                  // Closing an inotify descriptor takes the kernel some ten milliseconds.
                  range.follow ? FileWatch::Use::inotify : FileWatch::Use::nothing) {
    const int64_t size = file_size();
    int64_t begin = range.offset.value_or(0);
    end_ = INT64_MAX;
    if (range.run && job.spec.own_log.empty()) take_run(context, job, *range.run, begin);
    begin = std::min(begin, size);
    if (range.lines && follower_.fd() >= 0)
      begin = tail_offset(follower_.fd(), *range.lines, begin, std::min(size, end_));
    follower_.seek(begin);
  }

  int poll_fd() override { return follower_.poll_fd(); }
  int timeout_ms() override { return follower_.timeout_ms(); }

  bool read_more(std::string& buffer) override {
    if (follower_.offset() >= end_) return false;
    const size_t before = buffer.size();
    const int64_t offset = follower_.offset();
    switch (follower_.read_more(buffer)) {
      case Change::none:
        return false;
      case Change::truncated:
      case Change::replaced:
        end_ = INT64_MAX;
        return true;
      case Change::data:
        break;
    }
    // The last run but this one ends where the next one begins.
    if (follower_.offset() > end_) buffer.resize(before + static_cast<size_t>(end_ - offset));
    return true;
  }

 private:
  int64_t file_size() const {
    struct stat info {};
    return follower_.fd() >= 0 && fstat(follower_.fd(), &info) == 0 ? info.st_size : 0;
  }

  void take_run(Context& context, const Job& job, int number, int64_t& begin) {
    const std::vector<Run> runs = to_runs(open_record(context, job).read());
    begin = find_run(runs, number, job).log_offset;
    if (number < static_cast<int>(runs.size())) end_ = runs[static_cast<size_t>(number)].log_offset;
  }

  Follower follower_;
  int64_t end_;
};

class JournalOutput : public JobOutput {
 public:
  JournalOutput(Context& context, const Job& job, const OutputRange& range)
      : reader_(context.is_system(), invocations(context, job, range.run)) {
    reader_.fd();  // before the first line is read: nothing is missed then
    if (range.lines)
      reader_.seek_last(static_cast<size_t>(*range.lines));
    else if (range.since)
      reader_.seek_since(*range.since);
  }

  int poll_fd() override { return reader_.fd(); }
  int timeout_ms() override { return reader_.poll_timeout(); }

  bool read_more(std::string& buffer) override {
    auto line = reader_.next();
    if (!line && reader_.process()) line = reader_.next();
    if (!line) return false;
    time_ = line->time;
    buffer += line->bytes;
    if (!line->continues) buffer += '\n';
    return true;
  }

  std::optional<Time> time() const override { return time_; }

 private:
  static std::vector<std::string> invocations(Context& context, const Job& job, std::optional<int> number) {
    const std::vector<Run> runs = to_runs(open_record(context, job).read());
    if (number) return {find_run(runs, *number, job).invocation_id};
    std::vector<std::string> ids;
    for (const Run& run : runs)
      if (!run.invocation_id.empty()) ids.push_back(run.invocation_id);
    return ids;
  }

  JournalReader reader_;
  std::optional<Time> time_;
};

}  // namespace

std::unique_ptr<JobOutput> open_output(Context& context, const Job& job, const OutputRange& range) {
  if (job.spec.log_kind == LogKind::journal && job.spec.own_log.empty())
    return std::make_unique<JournalOutput>(context, job, range);
  if (range.since)
    throw Error(Errc::failed,
                "the log of " + job.spec.name + " has no times: its lines are as the program wrote them",
                "only a job started with --journal has them");
  return std::make_unique<FileOutput>(context, job, range);
}

}  // namespace jobctl
