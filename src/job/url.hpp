// URLs that a user gives for probes and alerts.
#pragma once

#include <string>

namespace jobctl {

inline bool is_http(const std::string& text) {
  return text.starts_with("http://") || text.starts_with("https://");
}

// Throws Error{usage} that begins with `what` for one without a host or with characters that no URL has.
void check_url(const std::string& url, const std::string& what);

// The same for one that no server can be asked by: with placeholders that nothing was put in for, without a
// host or with a port that there isn't.
void check_whole_url(const std::string& url, const std::string& what);

// "https://example.org": without user, password, path and query, which may be secrets.
std::string url_origin(const std::string& url);

}  // namespace jobctl
