#include "job/inherited_settings.hpp"

#include <gmock/gmock.h>
#include <sys/resource.h>

namespace jobctl {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(InheritedSettings, AreTheUmaskAndUnusualLimits) {
  JobSpec spec;
  spec.umask = 027;
  spec.limits = {
      {RLIMIT_NOFILE, 65536, RLIM_INFINITY}, {RLIMIT_CPU, RLIM_INFINITY, RLIM_INFINITY}, {RLIMIT_CORE, 5, 7}};
  EXPECT_THAT(
      inherited_settings(spec),
      ElementsAre(Pair("UMask", "0027"), Pair("LimitNOFILE", "65536:infinity"), Pair("LimitCORE", "5:7")));
}

TEST(InheritedSettings, LeaveOutWhatTheMachineDecides) {
  JobSpec spec;
  spec.limits = {{RLIMIT_NPROC, 31000, 31000}, {RLIMIT_SIGPENDING, 31000, 31000}};
  EXPECT_THAT(inherited_settings(spec), IsEmpty());
  spec.limits.front().soft = 100;
  EXPECT_THAT(inherited_settings(spec),
              ElementsAre(Pair("LimitNPROC", "100:31000"), Pair("LimitSIGPENDING", "31000:31000")));
}

TEST(InheritedSettings, KnowOnlyLimitsThatHaveASetting) {
  JobSpec spec;
  spec.limits = {{99, 1, 1}};
  EXPECT_THAT(inherited_settings(spec), IsEmpty());
}

}  // namespace
}  // namespace jobctl
