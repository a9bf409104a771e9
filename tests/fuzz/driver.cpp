// Feeds a target without libFuzzer: the seeds, then what a generator makes of them, the same for the same
// seed number everywhere. The target runs in a child, so that whatever ends it is told with the input that
// did.
//   fuzz_X [INPUTS [SEED]]      so many inputs (default: 20000)
//   fuzz_X --file FILE…         what files hold, in this process, for a debugger
// With clang: link the target with -fsanitize=fuzzer instead of this.
#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz/target.hpp"

namespace {

constexpr size_t longest_input = 256 * 1024;
constexpr unsigned patience_seconds = 30;  // for one input

// What the child is at, for its parent to see.
struct Progress {
  size_t number;
  size_t size;
  char input[longest_input];
};

class Generator {
 public:
  explicit Generator(uint64_t seed) : random_(seed) {}

  std::string next() {
    std::string input = pick(fuzz_seeds());
    for (size_t changes = below(6) + 1; changes > 0; --changes) change(input);
    input.resize(std::min(input.size(), longest_input));
    return input;
  }

 private:
  // Not std::uniform_int_distribution, which every library does in its own way.
  size_t below(size_t limit) { return limit ? random_() % limit : 0; }
  const std::string& pick(const std::vector<std::string>& from) { return from[below(from.size())]; }
  char byte() { return static_cast<char>(below(256)); }

  void change(std::string& input) {
    const size_t at = below(input.size() + 1);
    const size_t length = below(std::min<size_t>(input.size() - at, 16) + 1);
    switch (below(8)) {
      case 0:
        input.erase(at, length);
        break;
      case 1:
        input.insert(at, 1, byte());
        break;
      case 2:
        input.insert(at, pick(fuzz_tokens()));
        break;
      case 3:
        input.replace(at, length, pick(fuzz_tokens()));
        break;
      case 4:
        input.insert(at, input.substr(below(input.size() + 1), below(64)));
        break;
      case 5:
        input.resize(at);
        break;
      case 6:
        repeat(input, at, length);
        break;
      default:
        if (at < input.size()) input[at] = byte();
    }
  }

  void repeat(std::string& input, size_t at, size_t length) {
    const std::string piece = length ? input.substr(at, length) : pick(fuzz_tokens());
    // Mostly a few times; now and then as deep or as long as it gets.
    const size_t most = below(50) == 0 ? longest_input / piece.size() : 20;
    std::string repeated;
    for (size_t count = below(most) + 1; count > 0; --count) repeated += piece;
    input.insert(at, repeated);
  }

  std::mt19937_64 random_;
};

void feed(Progress& progress, const std::string& input) {
  progress.size = input.size();
  std::copy(input.begin(), input.end(), progress.input);
  alarm(patience_seconds);
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
  ++progress.number;
}

void feed_all(Progress& progress, size_t inputs, uint64_t seed) {
  for (const std::string& input : fuzz_seeds()) feed(progress, input);
  for (const std::string& input : fuzz_tokens()) feed(progress, input);
  Generator generator(seed);
  while (progress.number < inputs) feed(progress, generator.next());
}

int tell_of(const Progress& progress, int status) {
  fprintf(stderr, "input %zu (%zu bytes) ended the target by %s %d:\n", progress.number, progress.size,
          WIFSIGNALED(status) ? "signal" : "exit status",
          WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
  for (size_t i = 0; i < std::min<size_t>(progress.size, 400); ++i)
    fprintf(stderr, "%02x", static_cast<unsigned char>(progress.input[i]));
  fprintf(stderr, "%s\n", progress.size > 400 ? "..." : "");
  std::ofstream("crash", std::ios::binary) << std::string(progress.input, progress.size);
  fprintf(stderr, "it is in ./crash\n");
  return 1;
}

int feed_file(const char* path) {
  std::ifstream file(path, std::ios::binary);
  const std::string input((std::istreambuf_iterator<char>(file)), {});
  return LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && strcmp(argv[1], "--file") == 0) {
    for (int i = 2; i < argc; ++i) feed_file(argv[i]);
    return 0;
  }
  const size_t inputs = argc > 1 ? strtoul(argv[1], nullptr, 10) : 20000;
  const uint64_t seed = argc > 2 ? strtoul(argv[2], nullptr, 10) : 1;
  void* memory = mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return perror("mmap"), 1;
  auto& progress = *static_cast<Progress*>(memory);
  const pid_t child = fork();
  if (child < 0) return perror("fork"), 1;
  if (child == 0) {
    feed_all(progress, inputs, seed);
    return 0;
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (status != 0) return tell_of(progress, status);
  printf("%zu inputs, seed %lu: nothing broke\n", progress.number, static_cast<unsigned long>(seed));
  return 0;
}
