#include "rpc/remote_machine.h"

#include "net/ip.h"
#include "rpc/canary_convert.h"
#include "rpc/check_convert.h"
#include "rpc/convert.h"
#include "rpc/probe_convert.h"
#include "slice/slice_json.h"
#include "vinet/v1/machine.grpc.pb.h"

namespace vinet::rpc {
namespace {

class RemoteMachine final : public machine::Machine, public machine::CanaryPart {
 public:
  RemoteMachine(const std::shared_ptr<grpc::Channel>& channel, ReadLog read_log, Reach reach)
      : stub_(v1::Machine::NewStub(channel)), read_log_(std::move(read_log)), reach_(reach) {}

  Result<plan::Inventory> inventory() override {
    v1::GetInventoryReply reply;
    TRY(call("take stock", &v1::Machine::Stub::GetInventory, v1::GetInventoryRequest(), reply));
    plan::Inventory inventory;
    inventory.features = {reply.netem(), reply.tbf(), reply.htb()};
    for (const std::string& text : reply.own_prefixes()) {
      const auto prefix = net::parse_prefix(text);
      if (!prefix) return Error{Errc::kInternal, "the daemon reports a prefix '" + text + "'"};
      inventory.own_prefixes.push_back(*prefix);
    }
    return inventory;
  }

  std::vector<machine::Feature> features() override {
    v1::ListFeaturesReply reply;
    if (!call("probe", &v1::Machine::Stub::ListFeatures, v1::ListFeaturesRequest(), reply)) {
      return {};
    }
    std::vector<machine::Feature> features;
    for (const v1::Feature& feature : reply.features()) {
      features.push_back({feature.name(), feature.present(), feature.required(), feature.detail()});
    }
    return features;
  }

  Result<std::vector<slice::Slice>> observe(const std::vector<std::string>& owners,
                                            const std::set<std::string>& only) override {
    v1::ObserveRequest request;
    for (const std::string& name : only) request.add_only(name);
    for (const std::string& owner : owners) request.add_owners(owner);
    v1::ObserveReply reply;
    TRY(call("observe", &v1::Machine::Stub::Observe, request, reply));
    return slice::from_json(reply.slices());
  }

  Result<std::vector<machine::PathReport>> take_path_reports(
      const std::vector<std::string>&) override {
    return Error{Errc::kUnimplemented, "the daemon looks after its base paths itself"};
  }
  Result<slice::PathsInForce> paths_in_force(const std::vector<std::string>& machines) override {
    v1::ListPathsRequest request;
    for (const std::string& machine : machines) request.add_machines(machine);
    v1::ListPathsReply reply;
    TRY(call("look at base paths", &v1::Machine::Stub::ListPaths, request, reply));
    slice::PathsInForce paths;
    for (const v1::PathInForce& path : reply.paths()) {
      const auto far = net::parse_ipv4(path.far());
      if (!far) return Error{Errc::kInternal, "the daemon reports a path to '" + path.far() + "'"};
      paths[path.machine()][*far] = path.bytes();
    }
    return paths;
  }
  Status order_paths(const std::vector<machine::PathOrder>&) override {
    return Error{Errc::kUnimplemented, "the daemon looks after its base paths itself"};
  }

  // The daemon watches routes itself.
  void watch_routes(const std::set<std::string>&) override {}
  std::set<std::string> take_changed_routes() override { return {}; }

  Result<std::vector<std::string>> list_owners() override {
    v1::ListOwnersReply reply;
    TRY(call("list owners", &v1::Machine::Stub::ListOwners, v1::ListOwnersRequest(), reply));
    return strings(reply.owners());
  }

  Result<machine::ApplyReport> apply(const std::vector<slice::Slice>& want,
                                     const machine::Options& options) override {
    v1::ApplyRequest request;
    request.set_slices(slice::to_json(want));
    for (const std::string& name : options.only) request.add_only(name);
    grpc::ClientContext context;
    scope(context);
    return read_report(stub_->Apply(&context, request), options, "apply");
  }

  Result<machine::ApplyReport> remove(const std::string& owner,
                                      const std::vector<std::string>& names,
                                      const machine::Options& options) override {
    v1::RemoveRequest request;
    request.set_owner(owner);
    for (const std::string& name : names) request.add_names(name);
    grpc::ClientContext context;
    scope(context);
    return read_report(stub_->Remove(&context, request), options, "remove " + owner);
  }

  Result<std::vector<machine::LinkCounters>> counters(
      const std::vector<std::string>& owners) override {
    v1::GetCountersRequest request;
    for (const std::string& owner : owners) request.add_owners(owner);
    v1::GetCountersReply reply;
    TRY(call("read counters", &v1::Machine::Stub::GetCounters, request, reply));
    std::vector<machine::LinkCounters> all;
    for (const v1::LinkCounters& counters : reply.counters()) all.push_back(decode(counters));
    return all;
  }

  Error exec(const machine::ExecRequest& request) override {
    return {Errc::kUnimplemented,
            "become a program in " + request.node + ": not over the daemon's socket"};
  }

  Result<machine::LogText> read_log(const std::string& node, uint64_t offset) override {
    return read_log_(node, offset);
  }

  Result<std::vector<std::optional<uint64_t>>> ping(const std::vector<machine::PingTask>& tasks,
                                                    const machine::PingOptions& how,
                                                    const machine::Options& options) override {
    v1::PingRequest request;
    for (const machine::PingTask& task : tasks) encode(task, *request.add_tasks());
    request.set_timeout_ms(static_cast<uint64_t>(how.timeout.count()));
    request.set_tries(static_cast<uint32_t>(how.tries));
    grpc::ClientContext context;
    scope(context);
    const auto reader = stub_->Ping(&context, request);
    v1::PingReply reply;
    std::vector<std::optional<uint64_t>> answers;
    while (reader->Read(&reply)) {
      if (options.stop && options.stop()) context.TryCancel();
      if (reply.has_progress() && options.progress) {
        const v1::Progress& progress = reply.progress();
        options.progress(progress.stage(), progress.done(), progress.total());
      }
      for (const uint64_t rtt : reply.answers().round_trip_us_plus_1()) {
        answers.push_back(rtt == 0 ? std::nullopt : std::optional(rtt - 1));
      }
    }
    const grpc::Status done = reader->Finish();
    if (!done.ok() && options.stop && options.stop()) {
      return Error{Errc::kCancelled, "ping: interrupted"};
    }
    if (!done.ok()) return from_status(done, "ping");
    if (answers.size() != tasks.size()) {
      return Error{Errc::kInternal, "ping: the daemon gave too few answers"};
    }
    return answers;
  }

  using Machine::probe;
  Result<machine::ProbeReport> probe(const machine::PingTask& task, int ttl,
                                     std::chrono::milliseconds timeout, uint64_t nonce) override {
    v1::ProbeRequest request;
    encode(task, *request.mutable_task());
    request.set_ttl(ttl);
    request.set_timeout_ms(static_cast<uint64_t>(timeout.count()));
    request.set_nonce(nonce);
    v1::ProbeReply reply;
    TRY(call("probe", &v1::Machine::Stub::Probe, request, reply));
    return decode(reply);
  }

  Result<uint64_t> watch_probe(uint64_t nonce) override {
    v1::WatchProbeRequest request;
    request.set_nonce(nonce);
    v1::WatchProbeReply reply;
    TRY(call("watch a probe", &v1::Machine::Stub::WatchProbe, request, reply));
    return uint64_t{reply.now_ns()};
  }

  Result<std::vector<machine::ProbeStep>> take_probe_steps(uint64_t nonce) override {
    v1::TakeProbeRequest request;
    request.set_nonce(nonce);
    v1::ProbeReply reply;
    TRY(call("watch a probe", &v1::Machine::Stub::TakeProbe, request, reply));
    ASSIGN_OR_RETURN(machine::ProbeReport report, decode(reply));
    return std::move(report.steps);
  }

  Result<machine::CheckReport> check(const machine::CheckRequest& asked,
                                     const machine::Options& options) override {
    v1::CheckRequest request;
    request.set_slices(slice::to_json(asked.want));
    for (const std::string& owner : asked.owners) request.add_owners(owner);
    grpc::ClientContext context;
    scope(context);
    return read_last<v1::CheckReply>(context, *stub_->Check(&context, request), options, "check");
  }

  Result<machine::CanaryReport> canary(const machine::CanaryRequest& asked,
                                       const machine::Options& options) override {
    v1::CanaryRequest request;
    request.set_slices(slice::to_json(asked.internets));
    for (const std::string& owner : asked.owners) request.add_owners(owner);
    grpc::ClientContext context;
    scope(context);
    return read_last<v1::CanaryReply>(context, *stub_->Canary(&context, request), options,
                                      "canary");
  }
  Result<machine::CanaryReport> canary_by(const machine::CanaryHands&,
                                          const machine::CanaryRequest&,
                                          const machine::Options&) override {
    return Error{Errc::kUnimplemented, "the daemon judges its own canaries only"};
  }
  Result<machine::CanaryNews> canary_work(const machine::CanaryWork& work) override {
    v1::CanaryWorkRequest request;
    encode(work, request);
    v1::CanaryWorkReply reply;
    TRY(call("take part in a canary", &v1::Machine::Stub::CanaryWork, request, reply));
    return decode(reply);
  }

 private:
  void scope(grpc::ClientContext& context) const {
    if (reach_ == Reach::kOnlyHere) context.AddMetadata(kOnlyHere, "1");
  }

  template <typename Method, typename Request, typename Reply>
  Status call(const std::string& attempt, Method method, const Request& request, Reply& reply) {
    grpc::ClientContext context;
    scope(context);
    const grpc::Status done = (stub_.get()->*method)(&context, request, &reply);
    return done.ok() ? ok() : Status(from_status(done, attempt));
  }

  /// Progress, then one report.
  template <typename Reply, typename Reader>
  static auto read_last(grpc::ClientContext& context, Reader& reader,
                        const machine::Options& options, const std::string& attempt)
      -> Result<decltype(decode(Reply().report()))> {
    Reply reply;
    decltype(decode(reply.report())) report;
    while (reader.Read(&reply)) {
      if (options.stop && options.stop()) context.TryCancel();
      if (reply.has_progress() && options.progress) {
        const v1::Progress& progress = reply.progress();
        options.progress(progress.stage(), progress.done(), progress.total());
      } else if (reply.has_report()) {
        report = decode(reply.report());
      }
    }
    const grpc::Status done = reader.Finish();
    if (!done.ok() && options.stop && options.stop()) {
      return Error{Errc::kCancelled, attempt + ": interrupted"};
    }
    if (!done.ok()) return from_status(done, attempt);
    return report;
  }

  static Result<machine::ApplyReport> read_report(
      std::unique_ptr<grpc::ClientReader<v1::ApplyReply>> reader, const machine::Options& options,
      const std::string& attempt) {
    v1::ApplyReply reply;
    machine::ApplyReport report;
    while (reader->Read(&reply)) {
      if (reply.has_progress() && options.progress) {
        const v1::Progress& progress = reply.progress();
        options.progress(progress.stage(), progress.done(), progress.total());
      } else if (reply.has_report()) {
        report = decode(reply.report());
      }
    }
    const grpc::Status done = reader->Finish();
    if (!done.ok()) return from_status(done, attempt);
    return report;
  }

  std::unique_ptr<v1::Machine::Stub> stub_;
  ReadLog read_log_;
  const Reach reach_;
};

}  // namespace

std::unique_ptr<machine::Machine> make_remote_machine(std::shared_ptr<grpc::Channel> channel,
                                                      ReadLog read_log, Reach reach) {
  return std::make_unique<RemoteMachine>(channel, std::move(read_log), reach);
}

}  // namespace vinet::rpc
