// Patterns for processes that somebody started by hand: what a process runs, not what its arguments mention.
// "tail -f runners/train.py" runs tail, "python3 -u runners/train.py" runs runners/train.py.
#pragma once

#include <string>
#include <vector>

namespace jobctl {

// A process as far as patterns look at it; any bytes.
struct RunningProgram {
  std::vector<std::string> argv;
  std::string executable;  // absolute; "" where it is hidden from us
  std::string directory;   // its working directory, absolute; ""
};

// What it runs: the program's own name; behind an interpreter the script, or the module as name and as path;
// behind one that launches scripts (torchrun) that script, too. Paths are absolute where the directory is
// known.
std::vector<std::string> programs_of(const RunningProgram& program);

// Of these the ones that were found from the working directory in which it began.
std::vector<std::string> relative_paths_of(const std::vector<std::string>& argv);

// Whether it runs what the glob(7) means: a name ("llama-server", "train.py") is that of a file, a relative
// path ("runners/train.py") the end of one, an absolute path all of it.
bool runs(const RunningProgram& program, const std::string& pattern);

// Whether its executable's name is this one, in upper or lower case.
bool has_executable(const RunningProgram& program, const std::string& name);

// Whether its command line has the text anywhere.
bool mentions(const RunningProgram& program, const std::string& text);

// A process that Python's multiprocessing or joblib has made, which runs no script of its own: its parent was
// one that does.
bool is_python_worker(const RunningProgram& program);

}  // namespace jobctl
