#include "util/lazy_library.hpp"

#include <string>

#include <dlfcn.h>

#include "util/error.hpp"

namespace jobctl {

void* LazyLibrary::find(const char* function) {
  if (!handle_) handle_ = dlopen(soname_, RTLD_LAZY | RTLD_LOCAL);
  void* const address = handle_ ? dlsym(handle_, function) : nullptr;
  if (address) return address;
  const char* const told = dlerror();
  std::string why = told ? told : function;
  if (const std::string name = std::string(soname_) + ": "; why.starts_with(name)) why.erase(0, name.size());
  throw Error(Errc::failed, std::string("could not load ") + soname_ + ": " + why,
              std::string("on Debian: apt-get install ") + package_);
}

}  // namespace jobctl
