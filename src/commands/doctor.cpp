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

struct Examination {
  Findings findings;
  size_t jobs = 0, active = 0;
  std::string systemd;  // its version; "" where it doesn't answer
};

// One that can't be made is a finding, and the others are.
template <class Check>
void make(const char* name, Findings& findings, Check check) try {
  check();
} catch (const Error& error) {
  findings.push_back({name, error.what(), error.hint});
}

Examination examine(Context& context) {
  Examination result;
  Findings& findings = result.findings;
  make("programs", findings, [&] { check_programs(context, findings); });
  const bool has_manager = check_manager(context, findings);
  make("configuration", findings, [&] { check_configuration(context, findings); });
  make("directories", findings, [&] { check_directories(context, findings); });
  const RecordedJobs recorded = read_recorded_jobs(context);
  make("records", findings, [&] { check_records(context, recorded, findings); });
  result.jobs = recorded.uuids.size();
  result.active = recorded.active;
  if (!has_manager) return result;
  make("manager", findings, [&] { result.systemd = context.units().version(); });
  make("manager", findings, [&] { check_host(context, recorded, findings); });
  make("units", findings, [&] {
    const UnitsOfJobs units = units_of_jobs(context);
    check_units(context, recorded, units, findings);
    check_leftovers(context, recorded, units, findings);
  });
  return result;
}

// What became of a finding.
struct Mended {
  bool is_mended = false;
  std::string problem;  // why not, where that was tried
};

Mended mend(const Finding& finding) try {
  if (finding.mend) finding.mend();
  return {bool(finding.mend), ""};
} catch (const Error& error) {
  return {false, error.what()};
}

void print(const Finding& finding, const Mended& mended) {
  const Style style = style_of(STDOUT_FILENO);
  const std::string check = painted(finding.check,
                                    mended.is_mended  ? Color::green
                                    : finding.is_note ? Color::dim
                                                      : Color::red,
                                    style);
  std::cout << check << ": " << visible(finding.what) << (mended.is_mended ? ": mended" : "") << '\n';
  if (!mended.problem.empty()) std::cout << "  could not be mended: " << visible(mended.problem) << '\n';
  if (!mended.is_mended && !finding.hint.empty()) std::cout << "  " << visible(finding.hint) << '\n';
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
          {"fixable", bool(finding.mend)},
          {"fixed", mended.is_mended},
          {"problem", mended.problem.empty() ? Json() : Json(mended.problem)},
          {"paths", finding.paths},
          {"note", finding.is_note}};
}

int run_doctor(Context& context, const DoctorOptions& options) {
  context.require_own("examine");
  const Examination result = examine(context);
  size_t left = 0, fixable = 0;
  Json findings = Json::array();
  for (const Finding& finding : result.findings) {
    const Mended mended = options.fix ? mend(finding) : Mended();
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
