#include "job/parameter.hpp"

#include <gtest/gtest.h>

#include "util/error.hpp"

namespace jobctl {
namespace {

const PathBase base = {"/home/alice", "/data"};

Parameter of(ParameterType type) {
  Parameter parameter;
  parameter.name = "it";
  parameter.type = type;
  return parameter;
}

bool takes(const Parameter& parameter, const std::string& text, const PathBase& its_base = base) {
  try {
    parameter_value(parameter, text, its_base, "it");
    return true;
  } catch (const Error& error) {
    EXPECT_EQ(error.code, Errc::usage);
    EXPECT_TRUE(std::string(error.what()).starts_with("it: \"")) << error.what();
    return false;
  }
}

TEST(Parameter, OfEachTypeTakesWhatFits) {
  const auto port = of(ParameterType::port), number = of(ParameterType::integer),
             text = of(ParameterType::string);
  for (const char* good : {"1", "8501", "65535"}) EXPECT_TRUE(takes(port, good)) << good;
  for (const char* bad : {"0", "65536", "-1", "", "80 ", "http", "auto"})
    EXPECT_FALSE(takes(port, bad)) << bad;
  for (const char* good : {"0", "-12", "9223372036854775807"}) EXPECT_TRUE(takes(number, good)) << good;
  for (const char* bad : {"", "1.5", "ten", "9223372036854775808", "0x10"})
    EXPECT_FALSE(takes(number, bad)) << bad;
  EXPECT_TRUE(takes(text, ""));
  EXPECT_TRUE(takes(text, "a b\n\xff"));
  EXPECT_FALSE(takes(text, std::string("a\0b", 3)));
}

TEST(Parameter, HoldsItsLimits) {
  Parameter number = of(ParameterType::integer);
  number.least = 1;
  EXPECT_FALSE(takes(number, "0"));
  EXPECT_TRUE(takes(number, "4000000"));
  number.most = 4;
  EXPECT_FALSE(takes(number, "5"));
  Parameter choice = of(ParameterType::choice);
  choice.values = {"fast", "good"};
  EXPECT_TRUE(takes(choice, "good"));
  EXPECT_FALSE(takes(choice, "Good"));
  Parameter text = of(ParameterType::string);
  text.check = "a|[0-9]+";
  EXPECT_TRUE(takes(text, "a"));
  EXPECT_TRUE(takes(text, "12"));
  EXPECT_FALSE(takes(text, "12a"));
  EXPECT_FALSE(takes(text, "ba"));
}

TEST(Parameter, MakesPathsAbsolute) {
  const Parameter path = of(ParameterType::path);
  EXPECT_EQ(parameter_value(path, "/a b", base, "it"), "/a b");
  EXPECT_EQ(parameter_value(path, "~/a", base, "it"), "/home/alice/a");
  EXPECT_EQ(parameter_value(path, "~", base, "it"), "/home/alice");
  EXPECT_EQ(parameter_value(path, "a/../b", base, "it"), "/data/a/../b");
  EXPECT_EQ(parameter_value(path, ".", base, "it"), "/data");
  EXPECT_EQ(parameter_value(path, "~bob/a", base, "it"), "/data/~bob/a");
  EXPECT_FALSE(takes(path, ""));
  EXPECT_FALSE(takes(path, "a", {"/home/alice", ""}));
}

TEST(Parameter, ARelativeDefaultWithoutAFolderIsNotBlamedOnWhoGaveNone) {
  Parameter path = of(ParameterType::path);
  path.standard = ".";
  EXPECT_EQ(parameter_value(path, ".", base, "it"), "/data");
  try {
    parameter_value(path, ".", {"/home/alice", ""}, "it");
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "it: needs a value here: its default \".\" is relative to whoever starts it");
    EXPECT_EQ(error.hint, "it = \"/…\" below [with]");
  }
}

TEST(Parameter, OfAFlagStandsForItOrForNothing) {
  Parameter flag = of(ParameterType::boolean);
  EXPECT_EQ(parameter_value(flag, "true", base, "it"), "true");
  flag.flag = "--verbose";
  EXPECT_EQ(parameter_value(flag, "true", base, "it"), "--verbose");
  EXPECT_EQ(parameter_value(flag, "false", base, "it"), std::nullopt);
  EXPECT_FALSE(takes(flag, "yes"));
}

TEST(Parameter, TypesHaveNames) {
  for (const char* name : {"string", "int", "path", "port", "enum", "bool"})
    EXPECT_STREQ(to_string(parse_parameter_type(name).value()), name);
  EXPECT_EQ(parse_parameter_type("text"), std::nullopt);
}

}  // namespace
}  // namespace jobctl
