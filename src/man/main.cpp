// man-pages PROSE OUTPUT: writes all man pages into the folders OUTPUT/man1 and OUTPUT/man5. They are made of
// the very objects that --help prints, and of the prose in the folder PROSE (docs/man).
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>

#include "commands/command_line.hpp"
#include "man/page.hpp"
#include "util/error.hpp"

namespace jobctl {

namespace {

void write_page(const std::string& path, const std::string& text) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream out(path, std::ios::binary);
  if (!(out << text) || !out.flush()) throw Error(Errc::failed, "could not write " + path);
}

class Pages {
 public:
  Pages(std::string prose, std::string output) : prose_(std::move(prose)), output_(std::move(output)) {}

  void write_all() const {
    const Words none;
    const CommandLine line("", none);
    write_page(page("jobctl"), program_page(line.app, line.verbs, overview_text(), prose("jobctl")));
    for (const Verb& verb : line.verbs) write(*verb.app);
    for (const char* name : {"jobctl.toml", "jobctl.job"})
      write_page(output_ + "/man5/" + name + ".5", file_page(name, prose(name)));
  }

 private:
  void write(const CLI::App& verb) const {
    const std::string& name = verb.get_name();
    // start -d by another name, but no alias for the parser.
    if (name == "boot") return write_link("boot", "start");
    write_page(page("jobctl-" + name), verb_page(verb, prose(name)));
    for (const std::string& alias : verb.get_aliases()) write_link(alias, name);
  }

  void write_link(const std::string& alias, const std::string& name) const {
    write_page(page("jobctl-" + alias), ".so man1/jobctl-" + name + ".1\n");
  }

  std::string page(const std::string& name) const { return output_ + "/man1/" + name + ".1"; }
  std::vector<Section> prose(const std::string& name) const {
    return read_prose(prose_ + "/" + name + ".roff");
  }

  const std::string prose_, output_;
};

}  // namespace

}  // namespace jobctl

int main(int argc, char** argv) try {
  if (argc != 3) {
    std::fprintf(stderr, "usage: man-pages PROSE OUTPUT\n");
    return 2;
  }
  jobctl::Pages(argv[1], argv[2]).write_all();
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "man-pages: %s\n", error.what());
  return 1;
}
