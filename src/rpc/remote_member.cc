#include "rpc/remote_member.h"

#include "rpc/convert.h"
#include "rpc/member_convert.h"
#include "rpc/remote_machine.h"
#include "vinet/v1/controller.grpc.pb.h"
#include "vinet/v1/member.grpc.pb.h"

namespace vinet::rpc {
namespace {

using std::chrono::seconds;

// How long a machine may take to answer. Changes of thousands of nodes take minutes; a machine that
// is gone meanwhile is found by the pings of the channel.
constexpr seconds kReport{3};
constexpr seconds kShort{10};
constexpr seconds kPrepare{20};
constexpr seconds kChange{900};

void set_deadline(grpc::ClientContext& context, seconds patience) {
  context.set_deadline(std::chrono::system_clock::now() + patience);
}

/// An answer of the machine as it is; what gRPC says, with the endpoint's name.
Error error_of(const grpc::Status& status, const std::string& attempt,
               const std::string& endpoint) {
  const std::string what = attempt + " at " + endpoint;
  if (status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) {
    return {Errc::kUnavailable, what + ": no answer in time", 0};
  }
  return from_status(status, what);
}

/// Whoever looks through the machine may do so longer than the member is needed.
ReadLog log_reader(const std::shared_ptr<grpc::Channel>& channel, const std::string& endpoint) {
  std::shared_ptr<v1::Controller::Stub> stub = v1::Controller::NewStub(channel);
  return [stub, endpoint](const std::string& node, uint64_t offset) -> Result<machine::LogText> {
    v1::ReadLogRequest request;
    request.set_node(node);
    request.set_offset(offset);
    v1::ReadLogReply reply;
    grpc::ClientContext context;
    context.AddMetadata(kOnlyHere, "1");
    set_deadline(context, kShort);
    const grpc::Status done = stub->ReadLog(&context, request, &reply);
    if (!done.ok()) return error_of(done, "read the log of " + node, endpoint);
    return machine::LogText{reply.text(), reply.next_offset()};
  };
}

class RemoteMember final : public fleet::Member {
 public:
  RemoteMember(const std::shared_ptr<grpc::Channel>& channel, std::string endpoint)
      : stub_(v1::Member::NewStub(channel)),
        endpoint_(std::move(endpoint)),
        machine_(make_remote_machine(channel, log_reader(channel, endpoint_), Reach::kOnlyHere)) {}

  Result<fleet::MemberReport> report() override {
    v1::MemberReport reply;
    TRY(call("report", kReport, &v1::Member::Stub::GetReport, v1::GetMemberReportRequest(), reply));
    return decode(reply);
  }

  Status prepare(const fleet::Order& order, const std::vector<fleet::Holding>& puts,
                 const std::vector<std::string>& removes,
                 std::chrono::milliseconds patience) override {
    v1::PrepareRequest request;
    encode(order, *request.mutable_order());
    for (const fleet::Holding& holding : puts) encode(holding, *request.add_puts());
    for (const std::string& owner : removes) request.add_removes(owner);
    request.set_patience_ms(static_cast<uint64_t>(patience.count()));
    v1::MemberReply reply;
    return call("prepare", kPrepare, &v1::Member::Stub::Prepare, request, reply);
  }

  Result<machine::ApplyReport> commit(const fleet::Order& order,
                                      const machine::Options& options) override {
    v1::CommitRequest request;
    encode(order, *request.mutable_order());
    grpc::ClientContext context;
    set_deadline(context, kChange);
    return read(stub_->Commit(&context, request), options, "commit");
  }

  Status abort(const fleet::Order& order) override {
    v1::AbortRequest request;
    encode(order, *request.mutable_order());
    v1::MemberReply reply;
    return call("abort", kShort, &v1::Member::Stub::Abort, request, reply);
  }

  Result<machine::ApplyReport> put(const fleet::Order& order,
                                   const std::vector<fleet::Holding>& holdings,
                                   const machine::Options& options) override {
    v1::PutRequest request;
    encode(order, *request.mutable_order());
    for (const fleet::Holding& holding : holdings) encode(holding, *request.add_holdings());
    grpc::ClientContext context;
    set_deadline(context, kChange);
    return read(stub_->Put(&context, request), options, "put");
  }

  Result<machine::ApplyReport> remove(const fleet::Order& order,
                                      const std::vector<std::string>& owners,
                                      const machine::Options& options) override {
    v1::RemoveHoldingsRequest request;
    encode(order, *request.mutable_order());
    for (const std::string& owner : owners) request.add_owners(owner);
    grpc::ClientContext context;
    set_deadline(context, kChange);
    return read(stub_->Remove(&context, request), options, "remove");
  }

  Status renew(const fleet::Order& order, const std::string& owner,
               std::optional<uint64_t> lease_s) override {
    v1::RenewHoldingRequest request;
    encode(order, *request.mutable_order());
    request.set_owner(owner);
    if (lease_s) request.set_lease_s(*lease_s);
    v1::MemberReply reply;
    return call("renew " + owner, kShort, &v1::Member::Stub::Renew, request, reply);
  }

  Result<machine::ApplyReport> forget(const std::vector<std::string>& owners, bool recursive,
                                      const machine::Options& options) override {
    v1::ForgetHoldingsRequest request;
    for (const std::string& owner : owners) request.add_owners(owner);
    request.set_recursive(recursive);
    grpc::ClientContext context;
    set_deadline(context, kChange);
    return read(stub_->Forget(&context, request), options, "forget");
  }

  Result<std::shared_ptr<machine::Machine>> machine() override { return machine_; }

 private:
  template <typename Method, typename Request, typename Reply>
  Status call(const std::string& attempt, seconds patience, Method method, const Request& request,
              Reply& reply) {
    grpc::ClientContext context;
    set_deadline(context, patience);
    const grpc::Status done = (stub_.get()->*method)(&context, request, &reply);
    return done.ok() ? ok() : Status(error_of(done, attempt, endpoint_));
  }

  Result<machine::ApplyReport> read(std::unique_ptr<grpc::ClientReader<v1::MemberProgress>> reader,
                                    const machine::Options& options, const std::string& attempt) {
    v1::MemberProgress message;
    std::optional<machine::ApplyReport> report;
    while (reader->Read(&message)) {
      if (message.has_progress() && options.progress) {
        const v1::Progress& progress = message.progress();
        options.progress(progress.stage(), progress.done(), progress.total());
      } else if (message.has_report()) {
        report = decode(message.report());
      }
    }
    const grpc::Status done = reader->Finish();
    if (!done.ok()) return error_of(done, attempt, endpoint_);
    if (!report) return Error{Errc::kInternal, attempt + " at " + endpoint_ + ": no report", 0};
    return *std::move(report);
  }

  std::unique_ptr<v1::Member::Stub> stub_;
  const std::string endpoint_;
  const std::shared_ptr<machine::Machine> machine_;
};

}  // namespace

std::unique_ptr<fleet::Member> make_remote_member(std::shared_ptr<grpc::Channel> channel,
                                                  std::string endpoint) {
  return std::make_unique<RemoteMember>(channel, std::move(endpoint));
}

}  // namespace vinet::rpc
