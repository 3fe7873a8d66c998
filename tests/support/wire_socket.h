// Sockets as a program in a node has them: made as words say, and all that they are told written
// out.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>

#include "wire_packet.h"

namespace vinet::wire {

/// The number behind a key.
int number(const Words& words, const char* key, int otherwise);

sockaddr_storage socket_address(const std::string& text, uint16_t port, socklen_t& size);
std::string to_text(const sockaddr_storage& address);
/// `ok`, or the name of an errno.
std::string name_of(int error);
unsigned long data_digest(const Bytes& data);

/// ttl, tos, df, broadcast; errors are queued (IP_RECVERR).
void set_options(int fd, const Words& words, bool v6);

/// Writes all data and errors that a socket of A has.
void report_socket(int fd);

}  // namespace vinet::wire
