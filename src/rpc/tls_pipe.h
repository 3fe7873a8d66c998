// TlsPipe: one TLS connection, carried to and from a socket of this process, behind which is gRPC.
//
//   peer ==TLS== net socket | Session | incoming --> inner socket == gRPC
//                           |         | <-- outgoing
//
// gRPC sees only whom the handshake has proven, and no stranger's bytes. Nothing here waits: step()
// does what can be done, and says what to wait for. A side that takes nothing holds up the other
// one, with at most one buffer each way.
#pragma once

#include <poll.h>

#include <array>
#include <memory>

#include "pki/session.h"
#include "support/fd.h"

namespace vinet::rpc {

class TlsPipe {
 public:
  enum class State { kHandshake, kProven, kOpen, kEnded };

  TlsPipe(Fd net, std::unique_ptr<pki::Session> session)
      : net_(std::move(net)), session_(std::move(session)) {}
  TlsPipe(TlsPipe&&) noexcept = default;

  /// kHandshake -> kProven, or once open moves what can be moved.
  State step();
  /// From kProven on: `inner` must not block.
  void open(Fd inner);
  /// Tells the other side, and closes both.
  void end();

  State state() const { return state_; }
  const pki::Session& session() const { return *session_; }
  int net_fd() const { return net_.get(); }
  /// Bytes from the other side have come: it has taken our certificate.
  bool has_heard() const { return has_heard_; }
  /// The two sockets, and what to wait for at them; -1 for one at which nothing is waited for.
  std::array<pollfd, 2> waits() const;
  /// There was more than one step may do: step again, without waiting.
  bool has_more() const { return has_more_; }

 private:
  struct Buffer {
    std::array<char, 16384> bytes;
    size_t begin = 0, end = 0;
    bool empty() const { return begin == end; }
  };

  bool read_net();
  bool write_inner();
  bool read_inner();
  bool write_net();
  bool settle(pki::Session::Did did, bool& wants_write);
  /// Made when there is something to be carried: idle connections cost little.
  static Buffer& made(std::unique_ptr<Buffer>& buffer);

  Fd net_, inner_;
  std::unique_ptr<pki::Session> session_;
  std::unique_ptr<Buffer> incoming_, outgoing_;
  State state_ = State::kHandshake;
  bool read_wants_write_ = false, write_wants_write_ = false;
  bool has_heard_ = false, has_more_ = false;
};

}  // namespace vinet::rpc
