#include "job/gpus.hpp"

#include <gmock/gmock.h>

#include "util/error.hpp"

namespace jobctl {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Gpus gpus_of(const std::string& text) {
  Gpus gpus;
  set_gpus(gpus, text, "--gpu");
  return gpus;
}

TEST(Gpus, AreReadAndWritten) {
  for (const char* text : {"0", "1,0", "0,1,15", "auto", "auto:2"}) EXPECT_EQ(gpus_text(gpus_of(text)), text);
  EXPECT_THAT(gpus_of("1,0").numbers, ElementsAre(1, 0));
  EXPECT_EQ(gpus_of("auto").any, 1U);
  EXPECT_EQ(gpus_of("auto:1"), gpus_of("auto"));
  EXPECT_TRUE(Gpus().empty());
  EXPECT_FALSE(gpus_of("auto").empty());
  EXPECT_FALSE(gpus_of("0").empty());
}

TEST(Gpus, WhatIsNoneIsRefusedAndChangesNothing) {
  for (const char* wrong : {"", "-1", "+1", "0,", ",0", "0,0", "0, 1", "a", "0-3", "4294967296", "AUTO",
                            "auto:0", "auto:", "auto:-1", "auto:x", "auto2", "auto,1", "all"}) {
    Gpus gpus = gpus_of("3");
    EXPECT_THROW(set_gpus(gpus, wrong, "--gpu"), Error) << wrong;
    EXPECT_EQ(gpus, gpus_of("3")) << wrong;
  }
}

TEST(Gpus, ALaterWordReplacesTheNumbersAndNotTheSharing) {
  Gpus gpus = gpus_of("0,1");
  gpus.shared = true;
  set_gpus(gpus, "auto", "");
  EXPECT_THAT(gpus.numbers, IsEmpty());
  EXPECT_TRUE(gpus.shared);
}

TEST(Gpus, ARecordHasThemInOneLine) {
  EXPECT_EQ(given_gpus_text(gpus_of("0,1")), "0,1");
  Gpus shared = gpus_of("2");
  shared.shared = true;
  EXPECT_EQ(given_gpus_text(shared), "shared:2");
  EXPECT_EQ(parse_given_gpus("shared:2"), shared);
  EXPECT_EQ(parse_given_gpus("0,1"), gpus_of("0,1"));
  EXPECT_EQ(given_gpus_text({}), "");
  for (const char* damaged : {"", "shared:", "shared:x", "dam aged"})
    EXPECT_EQ(parse_given_gpus(damaged), Gpus()) << damaged;
}

TEST(Gpus, AreToldAsVariables) {
  EXPECT_THAT(gpu_variables(gpus_of("1,0")),
              ElementsAre("CUDA_DEVICE_ORDER=PCI_BUS_ID", "CUDA_VISIBLE_DEVICES=1,0"));
  EXPECT_THAT(gpu_variables({}), IsEmpty()) << "the caller's stays";
}

}  // namespace
}  // namespace jobctl
