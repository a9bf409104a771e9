// jobctl doctor: looks for everything that is not as it should be, and mends what can be mended without
// asking.
#include <iostream>

#include <unistd.h>

#include "commands/finding.hpp"
#include "commands/verb.hpp"
#include "output/json.hpp"
#include "output/style.hpp"
#include "output/words.hpp"
#include "util/display.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

using Json = nlohmann::ordered_json;

struct DoctorOptions {
  bool fix = false;
  std::string format = "text";
};

// What became of a finding.
struct Mended {
  bool is_mended = false;
  std::string problem;  // why not, where that was tried
};

struct Examination {
  Findings findings;
  std::vector<Mended> mended;  // of each
  size_t jobs = 0, active = 0;
  std::string systemd;  // its version; "" where it doesn't answer
};

Mended mend(const Finding& finding) try {
  if (finding.mend) finding.mend();
  return {bool(finding.mend), ""};
} catch (const Error& error) {
  return {false, error.what()};
}

class Examiner {
 public:
  Examiner(Context& context, bool fix) : context_(context), fix_(fix) {}

  Examination examine() && {
    make("programs", check_programs);
    bool has_manager = false;
    make("manager", [&](auto&... all) { has_manager = check_manager(all...); });
    make("configuration", check_configuration);
    make("directories", check_directories);
    const RecordedJobs recorded = read_recorded_jobs(context_);
    result_.jobs = recorded.uuids.size();
    result_.active = recorded.active;
    // Of a folder that can't be read nothing can be said, but that.
    if (recorded.is_complete) make("records", [&](auto&... all) { check_records(all..., recorded); });
    make("history", check_history);
    if (has_manager) look_at_manager(recorded);
    return std::move(result_);
  }

 private:
  // A check that can't be made is a finding, and the others are made. What can be mended is mended before the
  // next check, which may rest on it.
  template <class Check>
  void make(const char* name, Check check) {
    Findings& findings = result_.findings;
    try {
      check(context_, findings);
    } catch (const Error& error) {
      findings.push_back({name, error.what(), "", error.hint});
    }
    for (size_t i = result_.mended.size(); i < findings.size(); ++i)
      result_.mended.push_back(fix_ ? mend(findings[i]) : Mended());
  }

  void look_at_manager(const RecordedJobs& recorded) {
    make("manager", [&](auto&...) { result_.systemd = context_.units().version(); });
    make("manager", [&](auto&... all) { check_host(all..., recorded); });
    if (!recorded.is_complete) return;
    make("units", [&](auto&... all) {
      const UnitsOfJobs units = units_of_jobs(context_);
      check_units(all..., recorded, units);
      check_lost_records(all..., recorded, units);
      check_leftovers(all..., recorded, units);
    });
  }

  Context& context_;
  const bool fix_;
  Examination result_;
};

void print(const Finding& finding, const Mended& mended) {
  const Style style = style_of(STDOUT_FILENO);
  const std::string check = painted(finding.check,
                                    mended.is_mended  ? Color::green
                                    : finding.is_note ? Color::dim
                                                      : Color::red,
                                    style);
  std::cout << check << ": " << visible(finding.what) << (mended.is_mended ? ": mended" : "") << '\n';
  if (!mended.problem.empty()) std::cout << "  could not be mended: " << visible(mended.problem) << '\n';
  if (mended.is_mended) return;
  for (const std::string& line : {finding.hint, finding.advice})
    if (!line.empty()) std::cout << "  " << visible(line) << '\n';
}

void print_sum(const Examination& result, size_t left, size_t fixable, bool fix) {
  if (left == 0) {
    std::cout << "all is well: systemd " << printable_ascii(result.systemd, 40) << ", "
              << count_in_words(result.jobs, "job", "jobs") << ", " << result.active << " active\n";
    return;
  }
  std::cout << count_in_words(left, "problem", "problems");
  if (!fix && fixable > 0)
    std::cout << "; jobctl doctor --fix mends "
              << (fixable == left ? "all of it" : std::to_string(fixable) + " of them");
  std::cout << '\n';
}

Json to_json(const Finding& finding, const Mended& mended) {
  return {{"check", finding.check},
          {"what", finding.what},
          {"hint", finding.hint.empty() ? Json() : Json(finding.hint)},
          {"advice", finding.advice.empty() ? Json() : Json(finding.advice)},
          {"fixable", bool(finding.mend)},
          {"fixed", mended.is_mended},
          {"problem", mended.problem.empty() ? Json() : Json(mended.problem)},
          {"paths", finding.paths},
          {"note", finding.is_note}};
}

int run_doctor(Context& context, const DoctorOptions& options) {
  context.require_own("examine");
  const Examination result = Examiner(context, options.fix).examine();
  size_t left = 0, fixable = 0;
  Json findings = Json::array();
  for (size_t i = 0; i < result.findings.size(); ++i) {
    const Finding& finding = result.findings[i];
    const Mended& mended = result.mended[i];
    left += mended.is_mended || finding.is_note ? 0 : 1;
    fixable += finding.mend ? 1 : 0;
    if (options.format == "json")
      findings.push_back(to_json(finding, mended));
    else
      print(finding, mended);
  }
  if (options.format == "json")
    std::cout << json_text({{"jobctl", JOBCTL_VERSION},
                            {"systemd", result.systemd.empty() ? Json() : Json(result.systemd)},
                            {"jobs", result.jobs},
                            {"active", result.active},
                            {"findings", findings}})
              << '\n';
  else
    print_sum(result, left, fixable, options.fix);
  return left == 0 ? 0 : 1;
}

}  // namespace

Verb add_doctor(CLI::App& app) {
  CLI::App* verb = app.add_subcommand("doctor", "find what is not as it should be, and how to mend it");
  auto options = std::make_shared<DoctorOptions>();
  verb->add_flag("--fix", options->fix, "mend what is safe to mend without asking");
  verb->add_option("-o,--output", options->format, "text or json")->check(CLI::IsMember({"text", "json"}));
  verb->footer("Examples:\n  jobctl doctor\n  sudo jobctl doctor --fix");
  return {verb, [options](Context& context) { return run_doctor(context, *options); }, true};
}

}  // namespace jobctl
