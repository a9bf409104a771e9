#include "job/url.hpp"

#include <algorithm>
#include <cstdint>

#include "util/error.hpp"
#include "util/number.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

[[noreturn]] void refuse(const std::string& url, const std::string& what, const std::string& why) {
  throw Error(Errc::usage, what + ": \"" + printable_ascii(url, 80) + "\" " + why);
}

// "HOST", "HOST:PORT" or "[::1]:PORT", without the user.
std::string_view server_of(std::string_view url) {
  const size_t begin = url.find("//") + 2;
  const std::string_view server = url.substr(begin, url.find_first_of("/?#", begin) - begin);
  return server.substr(server.rfind('@') + 1);  // npos + 1 is 0
}

bool is_host(std::string_view host) {
  const bool is_address = host.starts_with('[') && host.ends_with(']');
  if (is_address) host = host.substr(1, host.size() - 2);
  return !host.empty() && host.find_first_of("[]\\^`|<>\"") == std::string_view::npos;
}

}  // namespace

void check_whole_url(const std::string& url, const std::string& what) {
  if (url.find_first_of("{}") != std::string::npos)
    refuse(url, what, "has braces that stand for no port of this job");
  const std::string_view server = server_of(url);
  const size_t colon =
      server.find(':', server.starts_with('[') ? std::min(server.find(']'), server.size()) : 0);
  if (!is_host(server.substr(0, colon))) refuse(url, what, "names no host");
  if (colon == std::string_view::npos) return;
  const auto port = parse_number<uint16_t>(std::string(server.substr(colon + 1)));
  if (!port || *port == 0) refuse(url, what, "names no port from 1 to 65535");
}

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
