#include "job/ports.hpp"

#include <gmock/gmock.h>

#include "util/error.hpp"

namespace jobctl {
namespace {

using testing::ElementsAre;

TEST(Ports, AreReadAndWritten) {
  for (const char* text : {"1", "8501", "65535", "auto", "http=8501", "ad-min_2=auto"})
    EXPECT_EQ(port_text(parse_port(text, "--port")), text);
  EXPECT_EQ(parse_port("http=8501", ""), (Port{"http", 8501}));
  EXPECT_EQ(parse_port("auto", ""), (Port{"", 0}));
}

TEST(Ports, WhatIsNoneIsRefused) {
  for (const char* wrong : {"", "0", "70000", "65536", "-1", "+1", "80a", "http", "http=", "=80", "a b=80",
                            "a=b=80", "AUTO", "8501,8502", "abcdefghijklmnopqrstuvwxyz1234567=1"})
    EXPECT_THROW(parse_port(wrong, "--port"), Error) << wrong;
}

TEST(Ports, ARecordHasThemInOneLine) {
  const std::vector<Port> ports = {{"", 8501}, {"http", 20001}};
  EXPECT_EQ(ports_text(ports), "8501,http=20001");
  EXPECT_EQ(parse_ports("8501,http=20001"), ports);
  EXPECT_TRUE(parse_ports("").empty());
  EXPECT_EQ(parse_ports("8501,dam aged,http=20001"), ports);
}

TEST(Ports, AreToldAsVariables) {
  EXPECT_THAT(port_variables({{"", 8501}, {"ad-min", 2}}), ElementsAre("PORT=8501", "PORT_AD_MIN=2"));
  EXPECT_THAT(port_variables({{"http", 1}, {"grpc", 2}}),
              ElementsAre("PORT=1", "PORT_HTTP=1", "PORT_GRPC=2"));
}

TEST(Ports, TwoCannotHaveTheSameNameOrNumber) {
  EXPECT_NO_THROW(check_ports({{"", 0}, {"a", 0}, {"b", 1}}));
  EXPECT_THROW(check_ports({{"", 1}, {"", 2}}), Error);
  EXPECT_THROW(check_ports({{"a-b", 1}, {"A_B", 2}}), Error);
  EXPECT_THROW(check_ports({{"a", 1}, {"b", 1}}), Error);
}

}  // namespace
}  // namespace jobctl
