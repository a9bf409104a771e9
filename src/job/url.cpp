#include "job/url.hpp"

#include <algorithm>

#include "util/error.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

[[noreturn]] void refuse(const std::string& url, const std::string& what, const std::string& why) {
  throw Error(Errc::usage, what + ": \"" + printable_ascii(url, 80) + "\" " + why);
}

}  // namespace

void check_url(const std::string& url, const std::string& what) {
  const size_t host = url.find("//") + 2;
  if (host == url.size() || url[host] == '/') refuse(url, what, "names no host");
  if (printable_ascii(url, url.size()) != url || url.find(' ') != std::string::npos)
    refuse(url, what, "is not a URL");
}

std::string url_origin(const std::string& url) {
  const size_t host = url.find("//") + 2;
  const size_t end = std::min(url.find_first_of("/?#", host), url.size());
  const size_t user = url.rfind('@', end);
  const size_t begin = user == std::string::npos || user < host ? host : user + 1;
  return url.substr(0, host) + url.substr(begin, end - begin);
}

}  // namespace jobctl
