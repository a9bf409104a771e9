#include "util/lazy_library.hpp"

#include <gmock/gmock.h>

#include "util/error.hpp"

namespace jobctl {
namespace {

using testing::HasSubstr;

constinit LazyLibrary libm("libm.so.6", "libc6");
constinit LazyFunction<double (*)(double)> cosine(libm, "cos");
constinit LazyFunction<double (*)(double)> nothing(libm, "no_such_function");
constinit LazyLibrary missing("libmissing.so.0", "libmissing0");
constinit LazyFunction<void (*)()> unreachable(missing, "f");

TEST(LazyFunction, IsThatOfTheLibrary) {
  EXPECT_EQ(cosine(0), 1);
}

TEST(LazyFunction, SaysWhatIsMissing) {
  EXPECT_THROW(nothing(0.0), Error);
  try {
    unreachable();
    FAIL() << "there is no such library";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("libmissing.so.0"));
    EXPECT_THAT(error.hint, HasSubstr("libmissing0"));
  }
}

}  // namespace
}  // namespace jobctl
