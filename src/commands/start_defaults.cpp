#include "commands/start_defaults.hpp"

#include "job/definition.hpp"
#include "util/error.hpp"

namespace jobctl {

namespace {

bool is_given(const Policy& policy, const GivenPolicies& given) {
  const auto found = given.find(policy.name);
  return found != given.end() && !found->second.empty();
}

// But for one of them.
void lay_under(JobSpec& spec, const GivenPolicies& given, const Config& config,
               const Policy* but_for = nullptr) {
  for (const Policy& policy : policies()) {
    const bool is_alone = policy.needs && find_policy(policy.needs)->texts(spec).empty();
    if (&policy == but_for || is_given(policy, given) || is_alone || (policy.for_services && spec.scope))
      continue;
    for (const StartDefault& entry : config.start)
      if (entry.policy == &policy) policy.set(spec, entry.text, entry.origin);
  }
}

bool is_good_without(const StartDefault& entry, JobSpec spec, const GivenPolicies& given,
                     const Config& config) try {
  lay_under(spec, given, config, entry.policy);
  check_policies(spec);
  return true;
} catch (const Error&) {
  return false;
}

// The one without which all would be well: of those that need each other the last in the table, which asks
// most.
const StartDefault* find_culprit(const JobSpec& spec, const GivenPolicies& given, const Config& config) {
  const StartDefault* culprit = nullptr;
  for (const StartDefault& entry : config.start)
    if (!is_given(*entry.policy, given) && (!culprit || entry.policy > culprit->policy) &&
        is_good_without(entry, spec, given, config))
      culprit = &entry;
  return culprit;
}

}  // namespace

void set_defaults(JobSpec& spec, const GivenPolicies& given, const Config& config) {
  const JobSpec own = spec;
  try {
    lay_under(spec, given, config);
    check_policies(spec);
  } catch (const Error& error) {
    const StartDefault* culprit = find_culprit(own, given, config);
    if (!culprit) throw;
    throw Error(error.code, culprit->origin + ": start." + key_of(*culprit->policy) + ": " + error.what(),
                error.hint);
  }
}

}  // namespace jobctl
