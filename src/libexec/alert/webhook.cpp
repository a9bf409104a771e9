#include "webhook.hpp"

#include <array>
#include <cstdlib>
#include <thread>

#include "libexec/common/curl.hpp"
#include "retry.hpp"
#include "util/error.hpp"

namespace jobctl {

namespace {

// All tries and pauses together take less than alert_patience.
constexpr long try_seconds = 30, connect_seconds = 10;

struct Answer {
  long status = 0;  // 0: none
  std::string text;
  bool is_final = false;
};

void take_proxies(const std::vector<std::string>& environment) {
  static constexpr std::array names = {
      "http_proxy=", "https_proxy=", "HTTPS_PROXY=", "all_proxy=", "ALL_PROXY=", "no_proxy=", "NO_PROXY="};
  for (const std::string& variable : environment)
    for (const std::string name : names)
      if (variable.starts_with(name))
        setenv(name.substr(0, name.size() - 1).c_str(), variable.c_str() + name.size(), 1);
}

Answer ask(const std::string& url, const std::string& body) {
  const Curl curl(curl_easy_init());
  CurlList headers(curl_slist_append(static_cast<curl_slist*>(nullptr), "Content-Type: application/json"));
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl.get(), CURLOPT_USERAGENT, "jobctl");
  curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, try_seconds);
  curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT, connect_seconds);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &discard_answer);
  Answer answer;
  const CURLcode result = curl_easy_perform(curl.get());
  if (result != CURLE_OK) return {0, curl_easy_strerror(result), result == CURLE_URL_MALFORMAT};
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &answer.status);
  answer.text = "HTTP " + std::to_string(answer.status);
  return answer;
}

}  // namespace

Outcome post(const std::string& url, const std::string& body, const std::vector<std::string>& environment) {
  take_proxies(environment);
  Answer answer = ask(url, body);
  size_t tries = 1;
  for (const Duration pause : pauses) {
    if (answer.is_final || !may_pass(answer.status)) break;
    std::this_thread::sleep_for(pause);
    answer = ask(url, body);
    ++tries;
  }
  if (answer.status >= 200 && answer.status <= 299) return {};
  return {false, answer.text + (tries > 1 ? ", asked " + std::to_string(tries) + " times" : "")};
}

}  // namespace jobctl
