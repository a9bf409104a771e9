// libcurl, loaded when a URL is asked: libcurl-easy(3).
#pragma once

#include <memory>

#include <curl/curl.h>

#include "util/lazy_library.hpp"

// Macros that count arguments.
#undef curl_easy_getinfo
#undef curl_easy_setopt

namespace jobctl {

inline constinit LazyLibrary libcurl("libcurl.so.4", "libcurl4");

JOBCTL_LAZY(libcurl, curl_easy_cleanup);
JOBCTL_LAZY(libcurl, curl_easy_getinfo);
JOBCTL_LAZY(libcurl, curl_easy_init);
JOBCTL_LAZY(libcurl, curl_easy_perform);
JOBCTL_LAZY(libcurl, curl_easy_setopt);
JOBCTL_LAZY(libcurl, curl_easy_strerror);
JOBCTL_LAZY(libcurl, curl_slist_append);
JOBCTL_LAZY(libcurl, curl_slist_free_all);

struct CurlCleanup {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

using Curl = std::unique_ptr<CURL, CurlCleanup>;
using CurlList = std::unique_ptr<curl_slist, CurlCleanup>;

// For CURLOPT_WRITEFUNCTION: what is answered doesn't matter.
inline size_t discard_answer(char*, size_t size, size_t count, void*) noexcept {
  return size * count;
}

}  // namespace jobctl
