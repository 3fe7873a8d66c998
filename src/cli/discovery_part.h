// Discovery part: daemons that are willing to be machines of fleets, found and asked; and the other
// side, this computer's daemon that answers.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fleet/member.h"
#include "support/result.h"

namespace vinet::discovery {
class Listener;
}
namespace vinet::pki {
class Identity;
}

namespace vinet::cli {

/// A daemon that was found, or named by hand, and what it said of itself over TLS.
struct Candidate {
  std::string daemon;  ///< `192.0.2.10:7411`
  std::string name;    ///< of the machine, by its certificate; empty where nobody answered
  int ttl = 0;         ///< of the invitation that it answered; 0: it was named by hand
  std::string why;     ///< it did not answer; empty: it did
  fleet::MemberReport report;
};

struct Hunt {
  std::string group;  ///< IPv4 multicast; empty: the usual one
  int most_ttl = 32;
  size_t enough = 10'000;
};

/// By multicast, nearer ones first, then each is asked over TLS. Errors: what is wrong with the
/// identity, of whose directory this is; invalid_argument for the group.
Result<std::vector<Candidate>> search_machines(const std::string& identity_directory,
                                               const Hunt& hunt);
/// Each of these is asked over TLS, all at once.
Result<std::vector<Candidate>> ask_machines(const std::string& identity_directory,
                                            const std::vector<std::string>& daemons);

using TellRefused = std::function<void(const std::string& text)>;
/// Answers invitations to this group (empty: the usual one) from now on, as a daemon that listens
/// at `listens`, which must be an IPv4 address. Errors: invalid_argument; what came back from
/// sockets.
Result<std::unique_ptr<discovery::Listener>> answer_invitations(
    const std::string& group, const std::string& listens, std::shared_ptr<pki::Identity> identity,
    TellRefused tell);

}  // namespace vinet::cli
