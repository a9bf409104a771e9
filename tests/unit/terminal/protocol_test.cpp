#include "terminal/protocol.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jobctl {
namespace {

using testing::ElementsAre;

TEST(Protocol, SaysWhatWasTyped) {
  EXPECT_THAT(encode_input("ls\r"), ElementsAre("ils\r"));
  EXPECT_EQ(decode("ils\r"), Message(Input("ls\r")));
  const std::string bytes("\0\xff\n", 3);
  EXPECT_EQ(decode(encode_input(bytes).at(0)), Message(bytes));
}

TEST(Protocol, SaysTheSize) {
  EXPECT_EQ(encode_size({24, 80}), std::string("w\x18\0\x50\0", 5));
  EXPECT_EQ(encode_size({0x1234, 0xfedc}), "w\x34\x12\xdc\xfe");
  EXPECT_EQ(decode(encode_size({0x1234, 0xfedc})), Message(WindowSize{0x1234, 0xfedc}));
  EXPECT_EQ(decode(encode_size({65535, 0})), Message(WindowSize{65535, 0}));
}

TEST(Protocol, ASizeAsText) {
  EXPECT_EQ(to_text(WindowSize{40, 100}), "40x100");
  EXPECT_EQ(parse_window_size("40x100"), (WindowSize{40, 100}));
  for (const char* text :
       {"", "x", "40", "40x", "x100", "0x100", "40x0", "40x100x", "-1x5", "65536x1", " 4x4"})
    EXPECT_EQ(parse_window_size(text), std::nullopt) << text;
}

TEST(Protocol, CutsLongInput) {
  const std::string bytes = std::string(4096, 'a') + std::string(4096, 'b') + "c";
  EXPECT_THAT(encode_input(bytes),
              ElementsAre("i" + bytes.substr(0, 4096), "i" + bytes.substr(4096, 4096), "ic"));
  EXPECT_THAT(encode_input(bytes.substr(0, 4096)), ElementsAre("i" + bytes.substr(0, 4096)));
  EXPECT_THAT(encode_input(""), ElementsAre());
}

TEST(Protocol, TakesTheLongestInput) {
  EXPECT_EQ(decode("i" + std::string(4096, 'x')), Message(Input(4096, 'x')));
  EXPECT_EQ(decode("i"), Message(Input()));
}

TEST(Protocol, RefusesWhatIsNoMessage) {
  EXPECT_EQ(decode(""), std::nullopt);
  EXPECT_EQ(decode("x"), std::nullopt);
  EXPECT_EQ(decode(std::string(1, '\0')), std::nullopt);
  EXPECT_EQ(decode("i" + std::string(4097, 'x')), std::nullopt);
  EXPECT_EQ(decode("w"), std::nullopt);
  EXPECT_EQ(decode("w123"), std::nullopt);
  EXPECT_EQ(decode("w12345"), std::nullopt);
  EXPECT_EQ(decode(std::string(100'000, 'w')), std::nullopt);
}

}  // namespace
}  // namespace jobctl
