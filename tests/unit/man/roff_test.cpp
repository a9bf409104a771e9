#include "man/roff.hpp"

#include <gtest/gtest.h>

namespace jobctl {
namespace {

TEST(Roff, ShowsBackslashesAndEscapesAsTheyAre) {
  EXPECT_EQ(to_roff("\\fB \\n(.g \\"), "\\(rsfB \\(rsn(.g \\(rs");
}

TEST(Roff, NoLineIsARequest) {
  EXPECT_EQ(to_roff(".so /etc/passwd\n.\n'nx\na.b"), "\\&.so /etc/passwd\n\\&.\n\\(aqnx\na.b");
}

TEST(Roff, WhatIsToBeCopiedStaysAscii) {
  EXPECT_EQ(to_roff("jq '.[]' -2h `x` ~ ^ \"y\""),
            "jq \\(aq.[]\\(aq \\-2h \\(gax\\(ga \\(ti \\(ha \\(dqy\\(dq");
}

TEST(Roff, KeepsUtf8) {
  EXPECT_EQ(to_roff("running, failed, …"), "running, failed, …");
}

TEST(Roff, TellsWordsFromPlaceholders) {
  EXPECT_EQ(usage_to_roff("jobctl [--user|--system] COMMAND [JOB]…"),
            "\\fBjobctl\\fR [\\fB\\-\\-user\\fR|\\fB\\-\\-system\\fR] \\fICOMMAND\\fR [\\fIJOB\\fR]…");
}

TEST(Roff, AHeadingIsOneArgument) {
  EXPECT_EQ(heading("SS", "say \"x\""), ".SS \"say \\(dqx\\(dq\"\n");
}

}  // namespace
}  // namespace jobctl
