#include "check.hpp"
#include "libexec/common/curl.hpp"

namespace jobctl {

namespace {

bool is_good(long status, int expected) {
  return expected != 0 ? status == expected : status >= 200 && status < 400;
}

}  // namespace

Answer check_http(const std::string& url, int status, Duration patience) {
  const Curl curl(curl_easy_init());
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_NOPROXY, "*");
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(patience.count() / 1000));
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &discard_answer);
  if (const CURLcode result = curl_easy_perform(curl.get()); result != CURLE_OK)
    return {false, url + ": " + curl_easy_strerror(result)};
  long answered = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &answered);
  return {is_good(answered, status), url + ": HTTP " + std::to_string(answered)};
}

}  // namespace jobctl
