#include "output/prefix.hpp"

#include <gmock/gmock.h>

namespace jobctl {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(UniquePrefixes, HaveEightDigitsWhereThatIsEnough) {
  EXPECT_THAT(
      unique_prefixes({"82d00a5b-5ed5-4cfd-9a75-a87e4f420b27", "09f9d301-4fd9-4045-bfda-8a56f1d96016"}),
      ElementsAre("82d00a5b", "09f9d301"));
  EXPECT_THAT(unique_prefixes({"82d00a5b-5ed5-4cfd-9a75-a87e4f420b27"}), ElementsAre("82d00a5b"));
  EXPECT_THAT(unique_prefixes({}), IsEmpty());
}

TEST(UniquePrefixes, GrowWhereTheyWouldBeAmbiguous) {
  EXPECT_THAT(unique_prefixes({"82d00a5b-5ed5-4cfd-9a75-a87e4f420b27", "09f9d301-4fd9-4045-bfda-8a56f1d96016",
                               "82d00a5b-5ee5-4cfd-9a75-a87e4f420b27"}),
              ElementsAre("82d00a5b-5ed", "09f9d301", "82d00a5b-5ee"));
}

TEST(UniquePrefixes, NeverEndInAHyphen) {
  EXPECT_THAT(
      unique_prefixes({"82d00a5b-5ed5-4cfd-9a75-a87e4f420b27", "82d00a5b-6ed5-4cfd-9a75-a87e4f420b27"}),
      ElementsAre("82d00a5b-5", "82d00a5b-6"));
  EXPECT_THAT(unique_prefixes({"82d00a5b-5ed5-4cfd-9a75-a87e4f420b27"}, 9), ElementsAre("82d00a5b-5"));
}

TEST(UniquePrefixes, KeepTwinsWhole) {
  const std::string uuid = "82d00a5b-5ed5-4cfd-9a75-a87e4f420b27";
  EXPECT_THAT(unique_prefixes({uuid, uuid}), ElementsAre(uuid, uuid));
}

TEST(UniquePrefixes, TakeTextsThatAreNoUuids) {
  EXPECT_THAT(unique_prefixes({"", "x", "xy", "-"}), ElementsAre("", "x", "xy", "-"));
}

TEST(UniquePrefixes, NameOneEachAmongMany) {
  std::vector<std::string> uuids;
  for (unsigned i = 0; i < 300; i++) {
    char text[40];
    snprintf(text, sizeof text, "82d00a5b-%04x-4cfd-9a75-a87e4f420b27", i * 37);
    uuids.push_back(text);
  }
  const auto prefixes = unique_prefixes(uuids);
  for (size_t i = 0; i < uuids.size(); i++) {
    const auto fits = [&](const std::string& uuid) { return uuid.starts_with(prefixes[i]); };
    EXPECT_EQ(std::count_if(uuids.begin(), uuids.end(), fits), 1) << prefixes[i];
    EXPECT_TRUE(fits(uuids[i]));
  }
}

}  // namespace
}  // namespace jobctl
