#include "terminal_log.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

#include "registry/record_file.hpp"
#include "terminal/attach_socket.hpp"
#include "terminal/protocol.hpp"
#include "terminal/pty.hpp"
#include "util/error.hpp"

namespace jobctl {

namespace {

// As much as is read before it must be in the log; then the job waits, as it would for a full pipe.
constexpr size_t most_output = 1 << 16;

// A full disk: as soon as there is room again the job goes on, and nothing is lost.
constexpr int retry_ms = 500;

}  // namespace

TerminalLog::TerminalLog(const JobSpec& spec, Fd log, WindowSize first_size)
    : path_(terminal_path(spec.runtime_dir, spec.uuid)),
      log_(std::move(log)),
      master_(open_pty(first_size)),
      slave_(open_slave(master_.get())),
      listener_(listen_attach(path_)) {
  fcntl(master_.get(), F_SETFL, fcntl(master_.get(), F_GETFL) | O_NONBLOCK);
  if (spec.run_as && fchown(slave_.get(), spec.run_as->uid, static_cast<gid_t>(-1)) != 0)
    throw_errno("could not give the terminal to the job's user", errno);
  output_.reserve(most_output);
}

TerminalLog::~TerminalLog() {
  unlink(path_.c_str());
}

void TerminalLog::add_to(std::vector<pollfd>& fds) const {
  const bool reading = output_.empty(), typing = !input_.empty();
  fds.push_back({master_.get(), static_cast<short>((reading ? POLLIN : 0) | (typing ? POLLOUT : 0)), 0});
  fds.push_back({listener_.get(), POLLIN, 0});
  // Typing ahead of a terminal that doesn't take it waits in the socket.
  for (const Fd& client : clients_) fds.push_back({client.get(), static_cast<short>(typing ? 0 : POLLIN), 0});
}

int TerminalLog::timeout_ms() const {
  return log_failed_ ? retry_ms : -1;
}

void TerminalLog::handle(const std::vector<pollfd>& fds, size_t first) {
  const size_t clients = clients_.size();  // those that fds knows
  for (size_t i = clients; i-- > 0;)
    if (fds[first + 2 + i].revents != 0 && !receive(clients_[i]))
      clients_.erase(clients_.begin() + static_cast<std::ptrdiff_t>(i));
  if (fds[first + 1].revents & POLLIN) accept_client();
  if (fds[first].revents & POLLIN || !output_.empty()) {
    while (output_.size() < most_output && read_master()) {
    }
    write_log();
  }
  if (!input_.empty()) write_master();
}

bool TerminalLog::read_master() {
  char buffer[4096];
  const ssize_t n = read(master_.get(), buffer, sizeof buffer);
  if (n > 0) output_.append(buffer, static_cast<size_t>(n));
  return n > 0;
}

void TerminalLog::write_log() {
  while (!output_.empty()) {
    const ssize_t n = write(log_.get(), output_.data(), output_.size());
    if (n < 0 && errno == EINTR) continue;
    log_failed_ = n <= 0;
    if (log_failed_) return;
    output_.erase(0, static_cast<size_t>(n));
  }
}

void TerminalLog::write_master() {
  const ssize_t n = write(master_.get(), input_.data(), input_.size());
  if (n > 0) input_.erase(0, static_cast<size_t>(n));
}

void TerminalLog::accept_client() {
  if (Fd client = accept_attach(listener_.get())) clients_.push_back(std::move(client));
}

bool TerminalLog::receive(const Fd& client) {
  std::string packet;
  const Received received = receive_packet(client.get(), packet);
  if (received != Received::packet) return received == Received::nothing;
  const auto message = decode(packet);
  if (!message) return true;
  if (const auto* size = std::get_if<WindowSize>(&*message))
    set_window_size(master_.get(), *size);
  else
    input_ += std::get<Input>(*message);
  return true;
}

void TerminalLog::drain() {
  do {
    while (output_.size() < most_output && read_master()) {
    }
    write_log();
  } while (output_.empty() && read_master());
  write_log();
}

}  // namespace jobctl
