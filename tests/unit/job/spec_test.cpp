#include "job/spec.hpp"

#include <random>

#include <gtest/gtest.h>

namespace jobctl {
namespace {

const std::string uuid = "82d00a5b-5ed5-4cfd-9a75-a87e4f420b27";

std::string random_bytes(std::mt19937& random, size_t longest) {
  std::string text(random() % (longest + 1), '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

// unit_name_is_valid() and slice_name_is_valid() of systemd's src/basic/unit-name.c, for names without '@'.
bool is_valid_unit(const std::string& name) {
  const std::string valid = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ:-_.\\";
  return name.size() <= 255 && name[0] != '.' && name.find_first_not_of(valid) == std::string::npos;
}

bool is_valid_slice(const std::string& name) {
  const std::string body = name.substr(0, name.size() - 6);
  return is_valid_unit(name) && name.ends_with(".slice") && body.find("--") == std::string::npos &&
         body.front() != '-' && body.back() != '-';
}

TEST(UnitName, SaysTypeAndUuid) {
  EXPECT_EQ(unit_name("training", uuid, false), "jobctl-training-" + uuid + ".service");
  EXPECT_EQ(unit_name("llama-server", uuid, true), "jobctl-llama-server-" + uuid + ".scope");
}

TEST(UnitName, EscapesLikeSystemdButForSlashes) {
  EXPECT_EQ(unit_name("a b/c%d\\e@f\n", uuid, false),
            R"(jobctl-a\x20b\x2fc\x25d\x5ce\x40f\x0a-)" + uuid + ".service");
  EXPECT_EQ(unit_name("\xff", uuid, false), R"(jobctl-\xff-)" + uuid + ".service");
}

TEST(UnitName, LeavesRoomForSystemdsOwnFilesBesideALongOne) {
  const std::string unit = unit_name(std::string(1000, 'x'), uuid, false);
  EXPECT_EQ(unit.size(), 220U);
  EXPECT_EQ(uuid_of_unit(unit), uuid);
  EXPECT_EQ(type_of_unit(unit), std::string(168, 'x'));
}

TEST(UnitName, IsNeverCutInsideAnEscape) {
  for (size_t shift = 0; shift < 4; ++shift) {
    const std::string type = std::string(shift, 'x') + std::string(300, '\n');
    const std::string cut = type_of_unit(unit_name(type, uuid, false));
    EXPECT_EQ(cut, type.substr(0, cut.size()));
    EXPECT_GE(cut.size(), 42U);
  }
}

TEST(UnitName, IsValidAndLeadsBackForAnyBytes) {
  std::mt19937 random(1);
  for (int i = 0; i < 5000; ++i) {
    const std::string type = random_bytes(random, 80);
    const std::string unit = unit_name(type, uuid, i % 2 == 0);
    ASSERT_TRUE(is_valid_unit(unit)) << unit;
    ASSERT_EQ(uuid_of_unit(unit), uuid) << unit;
    const std::string found = type_of_unit(unit);
    ASSERT_EQ(found, type.substr(0, found.size())) << unit;
  }
}

TEST(SliceName, PutsSessionsBelowOurSlice) {
  EXPECT_EQ(slice_name(""), "jobctl.slice");
  EXPECT_EQ(slice_name("s1"), "jobctl-s1.slice");
}

TEST(SliceName, EscapesDashesBecauseTheyAreTheHierarchy) {
  EXPECT_EQ(slice_name("my-run"), R"(jobctl-my\x2drun.slice)");
  EXPECT_EQ(slice_name("a//b/"), R"(jobctl-a\x2f\x2fb\x2f.slice)");
}

TEST(SliceName, TellsLongSessionsApart) {
  const std::string first = slice_name(std::string(400, 's') + "1");
  const std::string second = slice_name(std::string(400, 's') + "2");
  EXPECT_NE(first, second);
  EXPECT_EQ(first, slice_name(std::string(400, 's') + "1"));
  EXPECT_TRUE(is_valid_slice(first)) << first;
  EXPECT_LE(first.size(), 220U);
}

TEST(SliceName, CutsBetweenCharacters) {
  std::string session;
  for (int i = 0; i < 100; ++i) session += "ü";
  const std::string slice = slice_name(session);
  EXPECT_EQ(slice.find(R"(\xc3_)"), std::string::npos) << slice;
  EXPECT_NE(slice.find(R"(\xc3\xbc_)"), std::string::npos) << slice;
}

TEST(SliceName, IsValidAndDifferentForAnyBytes) {
  std::mt19937 random(2);
  std::map<std::string, std::string> session_of;
  for (int i = 0; i < 5000; ++i) {
    const std::string session = random_bytes(random, 120);
    const std::string slice = slice_name(session);
    ASSERT_TRUE(is_valid_slice(slice)) << slice;
    ASSERT_EQ(session_of.emplace(slice, session).first->second, session);
  }
}

TEST(UuidOfUnit, KnowsOnlyOurUnits) {
  EXPECT_EQ(uuid_of_unit("jobctl-training-" + uuid + ".service"), uuid);
  EXPECT_EQ(uuid_of_unit("jobctl-a-b-" + uuid + ".scope"), uuid);
  for (const std::string& unit : std::vector<std::string>{
           "", uuid, "jobctl.slice", "training-" + uuid + ".service", "jobctl-" + uuid + ".service",
           "jobctl-x-" + uuid, "jobctl-x-" + uuid + ".slice", "jobctl-x-" + uuid + ".service.d",
           "jobctl-x" + uuid + ".service", "jobctl-x-82D00A5B-5ed5-4cfd-9a75-a87e4f420b27.service",
           "jobctl-x-" + uuid + "0.service", "jobctl-x@-" + uuid + ".service",
           "jobctl-\\x-" + uuid + ".service", "jobctl-\\xZZ-" + uuid + ".service",
           "jobctl-a b-" + uuid + ".service", "jobctl-x-" + uuid + ".", "jobctl-.service"})
    EXPECT_EQ(uuid_of_unit(unit), std::nullopt) << unit;
}

TEST(UuidOfCgroup, IsThatOfTheInnermostUnit) {
  const std::string outer = "6c1e1c2a-91c1-4f7e-8d1a-0b1c2d3e4f50",
                    inner = "7c1e1c2a-91c1-4f7e-8d1a-0b1c2d3e4f50";
  const std::string cgroup = "/jobctl.slice/" + unit_name("a", outer, false) + "/payload";
  EXPECT_EQ(uuid_of_cgroup(cgroup), outer);
  EXPECT_EQ(uuid_of_cgroup(cgroup + "/" + unit_name("b", inner, true)), inner);
  for (const char* none : {"", "/", "/user.slice/user-1000.slice/session-3.scope"})
    EXPECT_EQ(uuid_of_cgroup(none), std::nullopt) << none;
}

TEST(TypeOfUnit, IsEmptyForOthers) {
  EXPECT_EQ(type_of_unit("jobctl-a\\x2fb-" + uuid + ".service"), "a/b");
  EXPECT_EQ(type_of_unit("ssh.service"), "");
}

TEST(DefaultType, IsTheProgramsBasename) {
  EXPECT_EQ(default_type({"python3", "train.py"}), "python3");
  EXPECT_EQ(default_type({"/opt/bin/llama-server"}), "llama-server");
  EXPECT_EQ(default_type({"./run me"}), "run me");
  EXPECT_EQ(default_type({"bin/"}), "bin");
}

TEST(DefaultType, NeverLeavesTheLogDirectory) {
  for (const char* program : {"", "/", "///", ".", "..", "../..", "a/..", "/."})
    EXPECT_EQ(default_type({program}), "job") << program;
  EXPECT_EQ(default_type({}), "job");
}

TEST(DefaultName, IsTypeAndFirstDigits) {
  EXPECT_EQ(default_name("training", uuid), "training-82d00a5b");
}

TEST(IsUuid, WantsLowerCaseAndDashesInPlace) {
  EXPECT_TRUE(is_uuid(uuid));
  EXPECT_TRUE(is_uuid("00000000-0000-0000-0000-000000000000"));
  for (const char* text : {"", "82d00a5b", "82D00A5B-5ed5-4cfd-9a75-a87e4f420b27",
                           "82d00a5b-5ed5-4cfd-9a75-a87e4f420b2", "82d00a5b-5ed5-4cfd-9a75-a87e4f420b277",
                           "82d00a5b05ed5-4cfd-9a75-a87e4f420b27", "82d00a5g-5ed5-4cfd-9a75-a87e4f420b27",
                           "82d00a5--5ed5-4cfd-9a75-a87e4f420b27", "82d00a5b-5ed5-4cfd-9a75-a87e4f420b2\n"})
    EXPECT_FALSE(is_uuid(text)) << text;
}

TEST(UuidOf, IsTheSameForTheSameTextOnly) {
  EXPECT_EQ(uuid_of("jobctl job file of 1000: web"), uuid_of("jobctl job file of 1000: web"));
  std::mt19937 random(3);
  std::map<std::string, std::string> text_of;
  for (int i = 0; i < 5000; ++i) {
    const std::string text = random_bytes(random, 40);
    const std::string made = uuid_of(text);
    ASSERT_TRUE(is_uuid(made)) << made;
    ASSERT_EQ(made[14], '8') << made;
    ASSERT_NE(std::string("89ab").find(made[19]), std::string::npos) << made;
    ASSERT_EQ(text_of.emplace(made, text).first->second, text);
  }
}

TEST(UuidOf, IsTheSameForEver) {
  // Of a job file that exists already.
  EXPECT_EQ(uuid_of("jobctl job file of 64321: web"), "9a9d1652-0093-8695-abeb-0a8b1f1c9a25");
}

}  // namespace
}  // namespace jobctl
