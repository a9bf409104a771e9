// The unix(7) socket between attached terminals and the holder of a job's pseudo-terminal: SOCK_SEQPACKET,
// non-blocking, for the job's user (and root) alone. Its path may be longer than an address holds (108
// bytes): it is then reached through its directory in /proc/self/fd.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "util/fd.hpp"

namespace jobctl {

// The holder's end: a socket file of mode 0600. The file of a holder that died is replaced. Throws
// Error{refused} where one still listens, Error for anything else at the path.
Fd listen_attach(const std::string& path);

// The next terminal, or nothing where there is none (any more) or it belongs to another user than ours or
// root.
Fd accept_attach(int listener);

// The terminal's end. nullopt when there is no holder: no file, or nobody listens. Throws Error;
// Error{refused} when the holder is neither ours nor root's, unless we are root.
std::optional<Fd> connect_attach(const std::string& path);

// Sends one packet. False with errno set: EAGAIN when the holder doesn't keep up, EPIPE when it is gone. No
// SIGPIPE.
bool send_packet(int fd, std::string_view packet);

enum class Received { packet, nothing, end };

// Takes one packet without waiting; one that is longer than any message is taken for an empty one. `end` when
// the peer is gone.
Received receive_packet(int fd, std::string& packet);

}  // namespace jobctl
