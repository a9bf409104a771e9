// How --help looks: systemd's and git's way of writing usage lines instead of CLI11's.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace jobctl {

class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_usage(const CLI::App* app, std::string name) const override;
  std::string make_option_opts(const CLI::Option* option) const override;
};

// The help text of one verb.
std::string help_of(const CLI::App& verb);

}  // namespace jobctl
