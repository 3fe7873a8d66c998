// The machine's side of member.proto. What a caller has asked for goes on when the caller is lost:
// it was decided, and its answer is kept (src/member).
#include <arpa/inet.h>
#include <grpcpp/grpcpp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "rpc/calls.h"
#include "rpc/member_convert.h"
#include "rpc/services.h"
#include "support/fd.h"
#include "vinet/v1/member.grpc.pb.h"

namespace vinet::rpc {
namespace {

using Context = grpc::CallbackServerContext;
using Unary = grpc::ServerUnaryReactor;
using Progress = grpc::ServerWriteReactor<v1::MemberProgress>;

/// Our address on the way to a caller at `10.99.1.2:40112`; 0.0.0.0 for those on this computer.
/// Nothing is sent.
net::Ipv4 address_towards(const std::string& peer) {
  constexpr uint16_t kDiscard = 9;
  const auto address = net::parse_ipv4(peer.substr(0, peer.find(':')));
  if (!address) return {};
  sockaddr_in far{};
  far.sin_family = AF_INET;
  far.sin_port = htons(kDiscard);
  far.sin_addr.s_addr = htonl(address->bits);
  sockaddr_in near{};
  socklen_t length = sizeof near;
  const Fd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd || ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&far), sizeof far) != 0 ||
      ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&near), &length) != 0) {
    return {};
  }
  const net::Ipv4 ours{ntohl(near.sin_addr.s_addr)};
  return ours == *address ? net::Ipv4() : ours;
}

class MemberService final : public v1::Member::CallbackService {
 public:
  MemberService(Host& host, Workers& workers, const Caller& caller, const Peers& peers)
      : host_(host), workers_(workers), peers_(peers) {
    for (const int method : refused_methods(v1::Member::service_full_name(), caller)) {
      MarkMethodGeneric(method);
    }
  }

 private:
  Result<fleet::Member*> member() {
    if (fleet::Member* member = host_.member()) return member;
    return Error{Errc::kUnimplemented, "this daemon is no machine of fleets", 0};
  }

  template <typename Holdings>
  static Result<std::vector<fleet::Holding>> decode_all(const Holdings& from) {
    std::vector<fleet::Holding> all;
    for (const v1::Holding& holding : from) {
      ASSIGN_OR_RETURN(all.emplace_back(), decode(holding));
    }
    return all;
  }

  Unary* GetReport(Context* context, const v1::GetMemberReportRequest*,
                   v1::MemberReport* reply) override {
    return answer(context, workers_,
                  [this, peer = peers_.address(context->peer()), reply]() -> Status {
                    ASSIGN_OR_RETURN(fleet::Member * here, member());
                    ASSIGN_OR_RETURN(fleet::MemberReport report, here->report());
                    const net::Ipv4 address = address_towards(peer);
                    if (address != net::Ipv4()) report.facts.base_address = address;
                    encode(report, *reply);
                    return ok();
                  });
  }

  Unary* Prepare(Context* context, const v1::PrepareRequest* request, v1::MemberReply*) override {
    return answer(
        context, workers_,
        [this, request]() -> Status {
          ASSIGN_OR_RETURN(fleet::Member * here, member());
          ASSIGN_OR_RETURN(const auto puts, decode_all(request->puts()));
          return here->prepare(decode(request->order()), puts, strings(request->removes()),
                               std::chrono::milliseconds(
                                   std::min<uint64_t>(request->patience_ms(), kMostPatienceMs)));
        },
        kKeptForShortCalls);
  }

  Unary* Abort(Context* context, const v1::AbortRequest* request, v1::MemberReply*) override {
    return answer(context, workers_, [this, request]() -> Status {
      ASSIGN_OR_RETURN(fleet::Member * here, member());
      return here->abort(decode(request->order()));
    });
  }

  Unary* Renew(Context* context, const v1::RenewHoldingRequest* request,
               v1::MemberReply*) override {
    return answer(context, workers_, [this, request]() -> Status {
      ASSIGN_OR_RETURN(fleet::Member * here, member());
      std::optional<uint64_t> lease_s;
      if (request->has_lease_s()) lease_s = request->lease_s();
      return here->renew(decode(request->order()), request->owner(), lease_s);
    });
  }

  Progress* Commit(Context*, const v1::CommitRequest* request) override {
    return change(
        [order = decode(request->order())](fleet::Member& here, const machine::Options& options) {
          return here.commit(order, options);
        });
  }

  Progress* Put(Context*, const v1::PutRequest* request) override {
    return change(
        [asked = *request](fleet::Member& here,
                           const machine::Options& options) -> Result<machine::ApplyReport> {
          ASSIGN_OR_RETURN(const auto holdings, decode_all(asked.holdings()));
          return here.put(decode(asked.order()), holdings, options);
        });
  }

  Progress* Remove(Context*, const v1::RemoveHoldingsRequest* request) override {
    return change([asked = *request](fleet::Member& here, const machine::Options& options) {
      return here.remove(decode(asked.order()), strings(asked.owners()), options);
    });
  }

  Progress* Forget(Context*, const v1::ForgetHoldingsRequest* request) override {
    return change([asked = *request](fleet::Member& here, const machine::Options& options) {
      return here.forget(strings(asked.owners()), asked.recursive(), options);
    });
  }

  template <typename Work>
  Progress* change(Work work) {
    return answer_stream<v1::MemberProgress>(
        workers_, [this, work = std::move(work)](Stream<v1::MemberProgress>& stream) -> Status {
          ASSIGN_OR_RETURN(fleet::Member * here, member());
          machine::Options options;
          options.progress = progress_into(stream);
          ASSIGN_OR_RETURN(const machine::ApplyReport report, work(*here, options));
          v1::MemberProgress last;
          encode(report, *last.mutable_report());
          stream.push(std::move(last));
          return ok();
        });
  }

  static constexpr uint64_t kMostPatienceMs = 3'600'000;
  Host& host_;
  Workers& workers_;
  const Peers& peers_;
};

}  // namespace

std::unique_ptr<grpc::Service> make_member_service(Host& host, Workers& workers,
                                                   const Caller& caller, const Peers& peers) {
  return std::make_unique<MemberService>(host, workers, caller, peers);
}

}  // namespace vinet::rpc
