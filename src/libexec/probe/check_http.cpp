#include <memory>

#include <curl/curl.h>

#include "check.hpp"
#include "util/lazy_library.hpp"

namespace jobctl {

namespace {

// Macros that count arguments.
#undef curl_easy_getinfo
#undef curl_easy_setopt

constinit LazyLibrary libcurl("libcurl.so.4", "libcurl4");

JOBCTL_LAZY(libcurl, curl_easy_cleanup);
JOBCTL_LAZY(libcurl, curl_easy_getinfo);
JOBCTL_LAZY(libcurl, curl_easy_init);
JOBCTL_LAZY(libcurl, curl_easy_perform);
JOBCTL_LAZY(libcurl, curl_easy_setopt);
JOBCTL_LAZY(libcurl, curl_easy_strerror);

struct Cleanup {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
};

size_t discard(char*, size_t size, size_t count, void*) noexcept {
  return size * count;
}

bool is_good(long status, int expected) {
  return expected != 0 ? status == expected : status >= 200 && status < 400;
}

}  // namespace

Answer check_http(const std::string& url, int status, Duration patience) {
  const std::unique_ptr<CURL, Cleanup> curl(curl_easy_init());
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_NOPROXY, "*");
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(patience.count() / 1000));
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &discard);
  if (const CURLcode result = curl_easy_perform(curl.get()); result != CURLE_OK)
    return {false, url + ": " + curl_easy_strerror(result)};
  long answered = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &answered);
  return {is_good(answered, status), url + ": HTTP " + std::to_string(answered)};
}

}  // namespace jobctl
