// Problem:   a member may be dead, slow, cut off from the others, or paused with its connections
//            open; the next one may be well.
// Approach:  the members are asked in turn, beginning with the one that answered last, each for a
//            while, all together for not longer than a verb may take to say no.
// Invariant: a call that may have happened is repeated only under its own conditions (kv.h).
#include "etcd/client.h"

#include <fmt/format.h>
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <chrono>
#include <vector>

#include "etcd/rpc.grpc.pb.h"

namespace vinet::etcd {
namespace {

namespace pb = etcdserverpb;
using std::chrono::milliseconds;

constexpr milliseconds kPatience{1500};     // with one member
constexpr milliseconds kAllPatience{4000};  // with all
constexpr int kMostAnswerBytes = 256 * 1024 * 1024;

struct Member {
  std::string endpoint;
  std::unique_ptr<pb::KV::Stub> keys;
  std::unique_ptr<pb::Lease::Stub> leases;
};

/// May another member do better?
bool is_away(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:  // not there, or without a leader
    case grpc::StatusCode::DEADLINE_EXCEEDED:
    case grpc::StatusCode::CANCELLED:
    case grpc::StatusCode::INTERNAL:
      return true;
    case grpc::StatusCode::UNKNOWN:  // etcd's errors without a code of their own: "request timed
                                     // out"
      return true;
    default:
      return false;
  }
}

Errc code_of(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::PERMISSION_DENIED:
    case grpc::StatusCode::UNAUTHENTICATED:
      return Errc::kPermissionDenied;
    case grpc::StatusCode::RESOURCE_EXHAUSTED:  // its quota of space
    case grpc::StatusCode::INVALID_ARGUMENT:    // too large a request
      return Errc::kResourceExhausted;
    case grpc::StatusCode::UNIMPLEMENTED:
      return Errc::kFailedPrecondition;
    case grpc::StatusCode::NOT_FOUND:
      return Errc::kNotFound;
    default:
      return is_away(status) ? Errc::kUnavailable : Errc::kInternal;
  }
}

void write(const RangeRequest& request, pb::RangeRequest& out) {
  out.set_key(request.key);
  out.set_range_end(request.end);
  out.set_limit(request.limit);
  out.set_revision(request.revision);
  out.set_keys_only(request.keys_only);
  if (request.descending) out.set_sort_order(pb::RangeRequest::DESCEND);
}

KeyValue read(const pb::KeyValue& one) {
  return {one.key(), one.value(), one.create_revision(), one.mod_revision(), one.lease()};
}

pb::TxnRequest request_of(const Txn& txn) {
  pb::TxnRequest request;
  for (const Condition& condition : txn.conditions) {
    pb::Compare& compare = *request.add_compare();
    compare.set_result(pb::Compare::EQUAL);
    compare.set_key(condition.key);
    if (condition.of == Condition::Of::kCreated) {
      compare.set_target(pb::Compare::CREATE);
      compare.set_create_revision(condition.revision);
    } else {
      compare.set_target(pb::Compare::MOD);
      compare.set_mod_revision(condition.revision);
    }
  }
  for (const Removal& removal : txn.removals) {
    pb::DeleteRangeRequest& out = *request.add_success()->mutable_request_delete_range();
    out.set_key(removal.key);
    out.set_range_end(removal.end);
  }
  for (const Put& put : txn.puts) {
    pb::PutRequest& out = *request.add_success()->mutable_request_put();
    out.set_key(put.key);
    out.set_value(put.value);
    out.set_lease(put.lease);
  }
  return request;
}

class Client final : public Kv {
 public:
  Client(const Address& address, const TlsFiles& tls) : name_(to_text({address.members, ""})) {
    std::shared_ptr<grpc::ChannelCredentials> credentials = grpc::InsecureChannelCredentials();
    if (!tls.ca.empty()) {
      credentials = grpc::SslCredentials({tls.ca, tls.key, tls.certificate});
    }
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(kMostAnswerBytes);
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    // A name is asked for anew after every failed connection, and by default once in 30 s at most.
    arguments.SetInt(GRPC_ARG_DNS_MIN_TIME_BETWEEN_RESOLUTIONS_MS, 200);
    arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 200);
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 200);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
    for (const std::string& endpoint : address.members) {
      const auto channel = grpc::CreateCustomChannel(endpoint, credentials, arguments);
      members_.push_back({endpoint, pb::KV::NewStub(channel), pb::Lease::NewStub(channel)});
    }
  }

  Result<RangeAnswer> range(const RangeRequest& request) override {
    pb::RangeRequest out;
    write(request, out);
    pb::RangeResponse in;
    const grpc::Status status = ask([&](Member& member, grpc::ClientContext& context) {
      in.Clear();
      return member.keys->Range(&context, out, &in);
    });
    RangeAnswer answer;
    if (status.error_code() == grpc::StatusCode::OUT_OF_RANGE) {
      answer.compacted = true;
      return answer;
    }
    if (!status.ok()) return error("read " + request.key, status);
    answer.revision = in.header().revision();
    answer.more = in.more();
    for (const pb::KeyValue& one : in.kvs()) answer.keys.push_back(read(one));
    return answer;
  }

  Result<TxnAnswer> txn(const Txn& txn) override {
    const pb::TxnRequest out = request_of(txn);
    pb::TxnResponse in;
    const grpc::Status status = ask([&](Member& member, grpc::ClientContext& context) {
      in.Clear();
      return member.keys->Txn(&context, out, &in);
    });
    if (!status.ok()) return error("change keys", status);
    return TxnAnswer{in.succeeded(), in.header().revision()};
  }

  Result<int64_t> grant(int64_t seconds) override {
    pb::LeaseGrantRequest out;
    out.set_ttl(seconds);
    pb::LeaseGrantResponse in;
    const grpc::Status status = ask([&](Member& member, grpc::ClientContext& context) {
      in.Clear();
      return member.leases->LeaseGrant(&context, out, &in);
    });
    if (!status.ok()) return error("take a lease", status);
    return in.id();
  }

  Result<bool> keep_alive(int64_t lease) override {
    pb::LeaseKeepAliveRequest out;
    out.set_id(lease);
    pb::LeaseKeepAliveResponse in;
    const grpc::Status status = ask([&](Member& member, grpc::ClientContext& context) {
      in.Clear();
      const auto stream = member.leases->LeaseKeepAlive(&context);
      const bool answered = stream->Write(out) && stream->Read(&in);
      if (!answered) return stream->Finish();
      context.TryCancel();  // one answer is all that is wanted
      (void)stream->Finish();
      return grpc::Status::OK;
    });
    if (!status.ok()) return error("keep a lease alive", status);
    return in.ttl() > 0;
  }

  Status revoke(int64_t lease) override {
    pb::LeaseRevokeRequest out;
    out.set_id(lease);
    pb::LeaseRevokeResponse in;
    const grpc::Status status = ask([&](Member& member, grpc::ClientContext& context) {
      in.Clear();
      return member.leases->LeaseRevoke(&context, out, &in);
    });
    if (status.ok() || status.error_code() == grpc::StatusCode::NOT_FOUND) return ok();
    return error("end a lease", status);
  }

  std::string name() const override { return name_; }

 private:
  /// The answer of the first member that has one.
  template <typename Call>
  grpc::Status ask(const Call& call) {
    const auto begin = std::chrono::steady_clock::now();
    const size_t first = last_good_;
    grpc::Status status;
    for (size_t i = 0; i < members_.size(); ++i) {
      const auto now = std::chrono::steady_clock::now();
      const auto patience =
          std::min(kPatience, std::chrono::duration_cast<milliseconds>(begin + kAllPatience - now));
      if (patience <= milliseconds(0)) break;
      const size_t at = (first + i) % members_.size();
      grpc::ClientContext context;
      context.set_deadline(gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                                        gpr_time_from_millis(patience.count(), GPR_TIMESPAN)));
      // A member that is not there is known so at once, and may be there again the next time.
      context.set_wait_for_ready(false);
      status = call(members_[at], context);
      if (!is_away(status)) {
        last_good_ = at;
        return status;
      }
    }
    return status;
  }

  Error error(const std::string& attempt, const grpc::Status& status) const {
    const Errc code = code_of(status);
    const char* none =
        code == Errc::kUnavailable ? "no member answered, or they have no quorum: " : "";
    return Error{code, fmt::format("{}: {}: {}{}", name_, attempt, none, status.error_message()),
                 0};
  }

  const std::string name_;
  std::vector<Member> members_;
  std::atomic<size_t> last_good_ = 0;
};

}  // namespace

std::unique_ptr<Kv> connect(const Address& address, const TlsFiles& tls) {
  return std::make_unique<Client>(address, tls);
}

}  // namespace vinet::etcd
