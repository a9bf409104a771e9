// What jobctl writes into a job file, its own reader reads back: another author's parser (toml++), so the two
// can't be wrong in the same way.
#include "config/setting.hpp"
#include "fuzz/target.hpp"
#include "job/job_file_text.hpp"
#include "util/text.hpp"

namespace {

using namespace jobctl;

JobSpec job_of(const std::string& text) {
  JobSpec spec;
  spec.uuid = "82d00a5b-5ed5-4cfd-9a75-a87e4f420b27";
  spec.type = "true";
  spec.name = "name";
  spec.commands = {{"true", text, ""}};
  spec.working_directory = "/" + text;
  spec.labels = {{text, text}};
  return spec;
}

const Setting* find(const std::vector<Setting>& settings, const std::string& table, const std::string& key) {
  for (const Setting& setting : settings)
    if (setting.table == table && setting.key == key) return &setting;
  return nullptr;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string text = valid_utf8({reinterpret_cast<const char*>(data), size});
  std::erase(text, '\0');
  const auto settings = parse_settings(job_file_text(job_of(text)), "f.toml");
  const Setting* command = find(settings, "", "command");
  const Setting* directory = find(settings, "", "directory");
  const Setting* label = find(settings, "labels", text);
  require(command && command->values == std::vector<std::string>{"true", text, ""},
          "the command is the same");
  require(directory && directory->value == "/" + text, "the directory is the same");
  require(label && label->value == text, "the label is the same");
  return 0;
}

const std::vector<std::string>& fuzz_seeds() {
  static const std::vector<std::string> seeds = {
      "",
      "plain",
      "a b",
      "quo\"te",
      "back\\slash",
      "\\u0041",
      "line\nbreak\r\n\t",
      "\x1b[31m\x7f",
      "'''",
      "\"\"\"",
      "\xc3\xbc \xe2\x82\xac \xf0\x9f\x98\x80",
      "\xc2\x85\xe2\x80\xa8\xe2\x80\xae\xef\xbb\xbf",
      "\xef\xbf\xbf",
      "[a]\nb=1 # c",
  };
  return seeds;
}

const std::vector<std::string>& fuzz_tokens() {
  static const std::vector<std::string> tokens = {"\"",
                                                  "\\",
                                                  "'",
                                                  "\n",
                                                  "\r",
                                                  "\t",
                                                  "\x01",
                                                  "#",
                                                  "=",
                                                  "\x7f",
                                                  "\xc2\x80",
                                                  "\xe2\x80\xa9",
                                                  "\xed\x9f\xbf",
                                                  "\xee\x80\x80",
                                                  "\xf4\x8f\xbf\xbf",
                                                  "\xef\xb7\x90",
                                                  "\\n",
                                                  "{PORT}",
                                                  "]",
                                                  "\xff"};
  return tokens;
}
