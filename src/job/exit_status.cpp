#include "job/exit_status.hpp"

#include <algorithm>

#include "job/job.hpp"
#include "util/error.hpp"
#include "util/number.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

template <class Number>
bool has(const std::vector<Number>& all, const std::optional<Number>& number) {
  return number && std::find(all.begin(), all.end(), *number) != all.end();
}

void add_once(std::vector<int>& all, int number) {
  if (!has(all, std::optional(number))) all.push_back(number);
}

bool is_digits(const std::string& word) {
  return word.find_first_not_of("0123456789") == std::string::npos;
}

void add(ExitStatuses& statuses, const std::string& word, const std::string& what) {
  constexpr int most = 255;
  const auto code = parse_number<int>(word);
  if (code && *code >= 0 && *code <= most) return add_once(statuses.codes, *code);
  // A number is never a signal here, as in unit files.
  if (const auto signal = is_digits(word) ? std::nullopt : parse_signal(word))
    return add_once(statuses.signals, *signal);
  throw Error(Errc::usage,
              what + ": \"" + printable_ascii(word, 40) + "\" is no exit status (0 to 255) and no signal",
              "for example: \"3 75 SIGHUP\"");
}

}  // namespace

bool ExitStatuses::contains(const ExitStatus& status) const {
  return has(codes, status.code) || has(signals, status.signal);
}

ExitStatuses parse_exit_statuses(const std::string& text, const std::string& what) {
  ExitStatuses statuses;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find_first_of(" ,", begin), text.size());
    if (end > begin) add(statuses, text.substr(begin, end - begin), what);
    begin = end + 1;
  }
  if (statuses.empty()) add(statuses, "", what);
  return statuses;
}

std::string exit_statuses_text(const ExitStatuses& statuses) {
  std::vector<std::string> words;
  for (const int code : statuses.codes) words.push_back(std::to_string(code));
  for (const int signal : statuses.signals) words.push_back(signal_name(signal));
  return join(words, " ");
}

bool succeeded(const ExitStatuses& success, const ExitStatus& status) {
  return status.code == 0 || success.contains(status);
}

}  // namespace jobctl
