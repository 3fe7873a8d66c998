#include "rpc/tls_pipe.h"

#include <sys/socket.h>

#include <cerrno>

namespace vinet::rpc {
namespace {

constexpr int kMostRounds = 32;  // in one step, so that one connection does not hold up the others

using Did = pki::Session::Did;

}  // namespace

TlsPipe::Buffer& TlsPipe::made(std::unique_ptr<Buffer>& buffer) {
  if (!buffer) buffer = std::make_unique<Buffer>();
  return *buffer;
}

/// False when nothing can go on now. What has ended ends the pipe.
bool TlsPipe::settle(Did did, bool& wants_write) {
  wants_write = did == Did::kWantsWrite;
  if (did == Did::kDone) return true;
  if (did == Did::kEnded || did == Did::kFailed) end();
  return false;
}

bool TlsPipe::read_net() {
  if (incoming_ && !incoming_->empty()) return false;
  Buffer& buffer = made(incoming_);
  buffer.begin = buffer.end = 0;
  if (!settle(session_->read(buffer.bytes.data(), buffer.bytes.size(), buffer.end),
              read_wants_write_)) {
    buffer.end = 0;
    if (state_ != State::kEnded) incoming_.reset();
    return false;
  }
  has_heard_ = true;
  return true;
}

bool TlsPipe::write_inner() {
  if (!incoming_ || incoming_->empty() || !inner_) return false;
  Buffer& buffer = *incoming_;
  const ssize_t sent = ::send(inner_.get(), buffer.bytes.data() + buffer.begin,
                              buffer.end - buffer.begin, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent < 0) {
    if (errno != EAGAIN && errno != EINTR) end();
    return false;
  }
  buffer.begin += static_cast<size_t>(sent);
  return true;
}

bool TlsPipe::read_inner() {
  if ((outgoing_ && !outgoing_->empty()) || !inner_) return false;
  Buffer& buffer = made(outgoing_);
  buffer.begin = buffer.end = 0;
  const ssize_t got = ::recv(inner_.get(), buffer.bytes.data(), buffer.bytes.size(), MSG_DONTWAIT);
  if (got > 0) {
    buffer.end = static_cast<size_t>(got);
    return true;
  }
  if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
    end();
  } else {
    outgoing_.reset();
  }
  return false;
}

bool TlsPipe::write_net() {
  if (!outgoing_ || outgoing_->empty()) return false;
  Buffer& buffer = *outgoing_;
  size_t sent = 0;
  if (!settle(session_->write(buffer.bytes.data() + buffer.begin, buffer.end - buffer.begin, sent),
              write_wants_write_)) {
    return false;
  }
  buffer.begin += sent;
  return true;
}

TlsPipe::State TlsPipe::step() {
  if (state_ == State::kHandshake && settle(session_->handshake(), read_wants_write_)) {
    state_ = State::kProven;
  }
  has_more_ = false;
  if (state_ != State::kOpen && state_ != State::kProven) return state_;
  for (int round = 0; state_ != State::kEnded; ++round) {
    if (round == kMostRounds) {
      has_more_ = true;
      break;
    }
    bool moved = false;
    // A proven caller's first bytes wait until there is somebody to take them.
    moved = read_net() || moved;
    if (state_ == State::kOpen) moved = write_inner() || moved;
    if (state_ == State::kOpen) moved = read_inner() || moved;
    if (state_ == State::kOpen) moved = write_net() || moved;
    if (!moved) break;
  }
  return state_;
}

void TlsPipe::open(Fd inner) {
  inner_ = std::move(inner);
  state_ = State::kOpen;
}

void TlsPipe::end() {
  if (state_ == State::kEnded) return;
  if (state_ == State::kOpen || state_ == State::kProven) session_->end();
  state_ = State::kEnded;
  inner_.reset();
  ::shutdown(net_.get(), SHUT_WR);
}

std::array<pollfd, 2> TlsPipe::waits() const {
  const auto at = [](int fd, bool readable, bool writable) {
    const int events = (readable ? POLLIN : 0) | (writable ? POLLOUT : 0);
    return pollfd{events == 0 ? -1 : fd, static_cast<short>(events), 0};
  };
  if (state_ == State::kHandshake) {
    return {at(net_.get(), !read_wants_write_, read_wants_write_), pollfd{-1, 0, 0}};
  }
  const bool full_in = incoming_ && !incoming_->empty();
  const bool full_out = outgoing_ && !outgoing_->empty();
  return {at(net_.get(), !full_in, read_wants_write_ || (full_out && write_wants_write_)),
          at(inner_.get(), !full_out, full_in)};
}

}  // namespace vinet::rpc
