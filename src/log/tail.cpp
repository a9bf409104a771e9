#include "log/tail.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "util/error.hpp"

namespace jobctl {

namespace {

constexpr size_t first_block = 64 << 10;  // enough for the few lines that people ask for
constexpr size_t great_block = 1 << 20;

ssize_t read_at(int fd, char* data, size_t size, int64_t offset) {
  ssize_t n = 0;
  do {
    n = pread(fd, data, size, offset);
  } while (n < 0 && errno == EINTR);
  return n;
}

// No newline is in a hole. A program that doesn't append leaves one of gigabytes when its log is emptied.
bool is_hole(int fd, int64_t begin, int64_t end) {
  const off_t data = lseek(fd, begin, SEEK_DATA);
  return data >= end || (data < 0 && errno == ENXIO);
}

std::string_view read_block(int fd, std::vector<char>& block, int64_t begin, int64_t end) {
  if (is_hole(fd, begin, end)) return {};
  block.resize(static_cast<size_t>(end - begin));
  const ssize_t n = read_at(fd, block.data(), block.size(), begin);
  if (n < 0) throw_errno("could not read the log", errno);
  return {block.data(), static_cast<size_t>(n)};
}

// Counts newlines from the block's end; the index of the one that makes `wanted` zero, else npos.
size_t find_newline(std::string_view block, int64_t& wanted) {
  while (!block.empty()) {
    const void* found = memrchr(block.data(), '\n', block.size());
    if (found == nullptr) break;
    const auto index = static_cast<size_t>(static_cast<const char*>(found) - block.data());
    if (--wanted == 0) return index;
    block = block.substr(0, index);
  }
  return std::string_view::npos;
}

bool wait_writable(int fd) {
  pollfd waiting{fd, POLLOUT, 0};
  return poll(&waiting, 1, -1) > 0 || errno == EINTR;
}

bool write_waiting(int fd, std::string_view data) {
  while (!data.empty()) {
    const ssize_t n = write(fd, data.data(), data.size());
    if (n > 0) data.remove_prefix(static_cast<size_t>(n));
    if (n < 0 && errno == EAGAIN && wait_writable(fd)) continue;
    if (n < 0 && errno != EINTR) return false;
  }
  return true;
}

}  // namespace

int64_t tail_offset(int fd, int64_t lines, int64_t begin, int64_t end) {
  if (lines <= 0 || begin >= end) return end;
  std::vector<char> block;
  size_t size = first_block;
  // The last byte is left out: a newline there ends the last line, it doesn't begin another.
  for (int64_t block_end = end - 1; block_end > begin; size = great_block) {
    const int64_t block_begin = std::max(begin, block_end - static_cast<int64_t>(size));
    const size_t newline = find_newline(read_block(fd, block, block_begin, block_end), lines);
    if (newline != std::string_view::npos) return block_begin + static_cast<int64_t>(newline) + 1;
    block_end = block_begin;
  }
  return begin;
}

bool copy_range(int fd, int64_t begin, int64_t end, int out_fd) {
  std::vector<char> buffer(static_cast<size_t>(std::clamp<int64_t>(end - begin, 0, great_block)));
  while (begin < end) {
    const auto size = static_cast<size_t>(std::min<int64_t>(end - begin, great_block));
    const ssize_t n = read_at(fd, buffer.data(), size, begin);
    if (n <= 0) return n == 0;
    if (!write_waiting(out_fd, {buffer.data(), static_cast<size_t>(n)})) return false;
    begin += n;
  }
  return true;
}

}  // namespace jobctl
