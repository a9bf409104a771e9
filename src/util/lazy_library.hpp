// A shared library that is loaded by the first call of one of its functions (dlopen(3)). libsystemd and
// SQLite come with six more libraries, which take longer to load than some commands take altogether; those
// that don't need them don't wait for them.
//
//   inline constinit LazyLibrary libfoo("libfoo.so.0", "libfoo0");
//   JOBCTL_LAZY(libfoo, foo_open);  // from here on foo_open(…) in this namespace is that of the library
#pragma once

namespace jobctl {

class LazyLibrary {
 public:
  constexpr LazyLibrary(const char* soname, const char* package) : soname_(soname), package_(package) {}

  // Throws Error where the library, or the function in it, is missing.
  void* find(const char* function);

 private:
  const char* soname_;
  const char* package_;  // Debian's, for the error message
  void* handle_ = nullptr;
};

template <class Pointer>
class LazyFunction {
 public:
  constexpr LazyFunction(LazyLibrary& library, const char* name) : library_(library), name_(name) {}

  // By value, as C does; also for "..." parameters.
  template <class... Arguments>
  auto operator()(Arguments... arguments) {
    if (!function_) function_ = reinterpret_cast<Pointer>(library_.find(name_));
    return function_(arguments...);
  }

 private:
  LazyLibrary& library_;
  const char* name_;
  Pointer function_ = nullptr;
};

inline constinit LazyLibrary libsystemd("libsystemd.so.0", "libsystemd0");

}  // namespace jobctl

// What the headers say of arguments (attributes like sentinel) doesn't matter to a pointer's type.
#pragma GCC diagnostic ignored "-Wignored-attributes"

// In namespace jobctl, after the library's own header, whose declaration it hides.
#define JOBCTL_LAZY(library, function) \
  inline constinit LazyFunction<decltype(&::function)> function(library, #function)
