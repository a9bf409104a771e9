#include "util/error.hpp"

#include <cerrno>

#include <gtest/gtest.h>

namespace jobctl {
namespace {

TEST(Error, ErrnoTextBeginsInLowerCase) {
  EXPECT_EQ(errno_text(ENOENT), "no such file or directory");
  EXPECT_EQ(errno_text(EACCES), "permission denied");
}

TEST(Error, ErrnoTextKeepsAbbreviations) {
  EXPECT_EQ(errno_text(EDOTDOT), "RFS specific error");
}

TEST(Error, UnknownNumbersHaveATextToo) {
  EXPECT_FALSE(errno_text(123456).empty());
}

TEST(Error, ThrowErrnoSaysWhatAndWhy) {
  try {
    throw_errno("could not open /x", ENOENT);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "could not open /x: no such file or directory");
    EXPECT_EQ(error.code, Errc::failed);
    EXPECT_EQ(error.hint, "");
  }
}

TEST(Error, CarriesAHint) {
  const Error error(Errc::refused, "nightly is running", "jobctl kill nightly");
  EXPECT_EQ(error.hint, "jobctl kill nightly");
  EXPECT_EQ(static_cast<int>(error.code), 5);
}

}  // namespace
}  // namespace jobctl
