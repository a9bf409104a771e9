#include "job/gpus.hpp"

#include <algorithm>
#include <string_view>

#include "util/error.hpp"
#include "util/number.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

constexpr std::string_view automatic = "auto";
constexpr std::string_view sharing = "shared:";

[[noreturn]] void refuse(const std::string& text, const std::string& what, const char* why) {
  throw Error(Errc::usage, what + ": \"" + printable_ascii(text, 40) + "\" " + why,
              "for example: --gpu 0, --gpu 0,1, --gpu auto or --gpu auto:2");
}

unsigned parse_auto(const std::string& text, const std::string& what) {
  if (text == automatic) return 1;
  const auto count = text[automatic.size()] == ':'
                         ? parse_number<unsigned>(std::string_view(text).substr(automatic.size() + 1))
                         : std::nullopt;
  if (!count || *count == 0) refuse(text, what, "is not auto:N with N of 1 or more");
  return *count;
}

}  // namespace

void set_gpus(Gpus& gpus, const std::string& text, const std::string& what) {
  Gpus parsed;
  parsed.shared = gpus.shared;
  if (text.starts_with(automatic)) {
    parsed.any = parse_auto(text, what);
  } else {
    for (const std::string& part : split(text, ',')) {
      const auto number = parse_number<unsigned>(part);
      if (!number) refuse(text, what, "is neither numbers of GPUs nor auto[:N]");
      if (std::find(parsed.numbers.begin(), parsed.numbers.end(), *number) != parsed.numbers.end())
        refuse(text, what, "names a GPU twice");
      parsed.numbers.push_back(*number);
    }
  }
  gpus = parsed;
}

std::string gpus_text(const Gpus& gpus) {
  if (gpus.any > 0) return std::string(automatic) + (gpus.any == 1 ? "" : ":" + std::to_string(gpus.any));
  std::vector<std::string> texts;
  for (const unsigned number : gpus.numbers) texts.push_back(std::to_string(number));
  return join(texts, ",");
}

std::string given_gpus_text(const Gpus& gpus) {
  return gpus.empty() ? "" : std::string(gpus.shared ? sharing : "") + gpus_text(gpus);
}

Gpus parse_given_gpus(const std::string& text) try {
  Gpus gpus;
  gpus.shared = text.starts_with(sharing);
  set_gpus(gpus, text.substr(gpus.shared ? sharing.size() : 0), "");
  return gpus;
} catch (const Error&) {
  return {};  // a record may be damaged
}

std::vector<std::string> gpu_variables(const Gpus& gpus) {
  if (gpus.empty()) return {};
  return {"CUDA_DEVICE_ORDER=PCI_BUS_ID", "CUDA_VISIBLE_DEVICES=" + gpus_text(gpus)};
}

}  // namespace jobctl
