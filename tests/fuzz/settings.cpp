// Reading TOML, whoever wrote it: settings or an Error that names the line, and nothing else.
#include "config/setting.hpp"
#include "fuzz/target.hpp"
#include "util/error.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  try {
    for (const jobctl::Setting& setting : jobctl::parse_settings(text, "f.toml"))
      require(setting.origin.starts_with("f.toml:"), "a setting says where it is from");
  } catch (const jobctl::Error& error) {
    require(std::string(error.what()).starts_with("f.toml:"), "an error says where it is from");
  }
  return 0;
}

const std::vector<std::string>& fuzz_seeds() {
  static const std::vector<std::string> seeds = {
      "",
      "logs = \"/data\"\nstop_timeout = 10\nlinger = 'ask'\n[start]\nmemory = \"4G\"\nport = [\"http=1\", "
      "2]\n",
      "command = [\"prog\", \"arg\", ]\n[env]\n\"a b\" = \"\\u00e9\\n\\U0001F600\"\n[properties]\nUMask = "
      "\"0022\"\n",
      "commands = [[\"a\"], [\"b\", '''\nc''']]\nx.y.z = {a = 1, b = {c = [1, 2.5, -inf, nan]}}\n",
      "[[a]]\nb = 1979-05-27T07:32:00.5-07:00\n[[a]]\nb = 07:32:00\n[a.c]\nd = 0xdead_beef\ne = 0o7\nf = "
      "0b1\n",
      "[parameters.model]\ntype = \"enum\"\nvalues = [\"a\"]\ndefault = true # comment\n\"\"\"k\"\"\" = "
      "1e9\n",
      "a = \"\"\"\\\n  x\\\n\"\"\"\nb = '''it's'''\n",
      "[$",
      "\xc3\xa9 = 1\nk = \"\"\"\\\n \xc3\xa9\"\"\"\n",
      "a.a.a.a.a.a.a.a = 1\n[b.b.b.b.b.b.b.b]\n",
  };
  return seeds;
}

const std::vector<std::string>& fuzz_tokens() {
  static const std::vector<std::string> tokens = {
      "[",
      "]",
      "[[",
      "]]",
      "{",
      "}",
      "=",
      ".",
      "a.",
      ",",
      "\"",
      "'",
      "\"\"\"",
      "'''",
      "\\",
      "\\u",
      "\\U",
      "\\uD800",
      "\\x41",
      "\\e",
      "\n",
      "\r\n",
      "\r",
      "\t",
      "#",
      "$",
      "\xef\xbb\xbf",
      "\xff",
      "\xc3",
      "\xe2\x80\xae",
      "true",
      "inf",
      "-nan",
      "0x",
      "1e400",
      "1_0",
      "99999999999999999999",
      "1979-05-27",
      "T07:32:00Z",
      "-00:00",
      "[a.b]\n",
      "a=[",
      "a={",
      "k=1\n",
      "\"k\"=1\n",
      "x.y=1\n",
      std::string(1, '\0'),
  };
  return tokens;
}
