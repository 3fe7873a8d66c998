#include "rpc/client.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grpcpp/create_channel_posix.h>
#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "rpc/convert.h"
#include "rpc/remote_machine.h"
#include "rpc/remote_member.h"
#include "rpc/tls_link.h"
#include "support/random.h"
#include "vinet/v1/controller.grpc.pb.h"
#include "vinet/v1/trust.grpc.pb.h"

namespace vinet::rpc {
namespace {

constexpr std::chrono::milliseconds kStopPoll{10};

// A daemon that is stopped (SIGSTOP) keeps its connections. Whoever asks how it is hears so after
// kAnswer; a call that is under way is given up when two pings 20 and 10 s apart have no answer.
constexpr std::chrono::seconds kAnswer{10};
constexpr int kPingMs = 20'000;
constexpr int kPongMs = 10'000;

std::string new_operation_id() {
  return fmt::format("{}-{:016x}", ::getpid(), random_nonce());
}

/// Polls `stop` while a call is at work, and passes it on once.
class StopRelay {
 public:
  StopRelay(std::function<bool()> stop, std::function<void()> interrupt) {
    if (!stop) return;
    thread_ = std::thread([this, stop = std::move(stop), interrupt = std::move(interrupt)] {
      while (!done_) {
        if (stop()) return interrupt();
        std::this_thread::sleep_for(kStopPoll);
      }
    });
  }
  ~StopRelay() {
    done_ = true;
    if (thread_.joinable()) thread_.join();
  }
  StopRelay(const StopRelay&) = delete;
  StopRelay& operator=(const StopRelay&) = delete;

 private:
  std::atomic<bool> done_ = false;
  std::thread thread_;
};

class RemoteController final : public control::Controller {
 public:
  explicit RemoteController(const std::shared_ptr<grpc::Channel>& channel)
      : stub_(v1::Controller::NewStub(channel)) {}

  Result<std::vector<control::Outcome>> up(const control::Description& description,
                                           const control::Options& options,
                                           Diagnostics& diagnostics) override {
    v1::UpRequest request;
    request.set_operation_id(new_operation_id());
    for (const Source& source : description.texts.sources) {
      v1::Source& one = *request.add_sources();
      one.set_name(source.name);
      one.set_text(source.text);
    }
    for (const std::string& set : description.texts.set) request.add_set(set);
    request.mutable_limits()->set_nodes(description.texts.limits.nodes);
    request.mutable_limits()->set_links(description.texts.limits.links);
    request.mutable_limits()->set_steps(description.texts.limits.steps);
    request.mutable_limits()->set_depth(description.texts.limits.depth);
    request.set_lock_wait_ms(static_cast<uint64_t>(options.lock_wait.count()));
    if (options.only_if) {
      request.mutable_only_if()->set_base(options.only_if->base);
      request.mutable_only_if()->set_generation(options.only_if->generation);
    }
    const StopRelay relay(options.stop, [this, id = request.operation_id()] { interrupt(id); });
    grpc::ClientContext context;
    return read_work(stub_->Up(&context, request), options, &diagnostics, "up");
  }

  Result<std::vector<control::Outcome>> down(const control::DownRequest& asked,
                                             const control::Options& options) override {
    v1::DownRequest request;
    encode(asked, request);
    request.set_operation_id(new_operation_id());
    request.set_lock_wait_ms(static_cast<uint64_t>(options.lock_wait.count()));
    grpc::ClientContext context;
    return read_work(stub_->Down(&context, request), options, nullptr, "down");
  }

  Result<control::State> state(std::vector<std::string>& damaged) override {
    return get_state(v1::GetStateRequest(), damaged);
  }

  Result<control::State> bases(std::vector<std::string>& damaged) override {
    v1::GetStateRequest request;
    request.set_only_bases(true);
    return get_state(request, damaged);
  }

  Result<control::State> get_state(const v1::GetStateRequest& request,
                                   std::vector<std::string>& damaged) {
    v1::GetStateReply reply;
    TRY(call("read the state", &v1::Controller::Stub::GetState, request, reply));
    for (const std::string& line : reply.damaged()) damaged.push_back(line);
    return decode(reply);
  }

  Result<std::vector<std::string>> leftovers() override {
    v1::ListLeftoversReply reply;
    TRY(call("look for leftovers", &v1::Controller::Stub::ListLeftovers, v1::ListLeftoversRequest(),
             reply));
    return strings(reply.owners());
  }

  Result<std::vector<control::Outcome>> repair(const control::Options&) override {
    return Error{Errc::kUnimplemented, "the daemon repairs by itself"};
  }

  Result<std::vector<std::string>> recover(const std::string& file,
                                           const control::Options& options) override {
    v1::RecoverRequest request;
    request.set_file(file);
    request.set_lock_wait_ms(static_cast<uint64_t>(options.lock_wait.count()));
    v1::RecoverReply reply;
    TRY(call("recover", &v1::Controller::Stub::Recover, request, reply));
    return strings(reply.lines());
  }

  Result<uint64_t> renew(const std::string& internet, std::optional<uint64_t> lease_s,
                         const control::Options&) override {
    v1::RenewRequest request;
    request.set_name(internet);
    request.set_lease_s(lease_s.value_or(0));
    v1::RenewReply reply;
    TRY(call("renew", &v1::Controller::Stub::Renew, request, reply));
    return uint64_t{reply.left_s()};
  }

  Result<std::vector<control::Event>> events(uint64_t after, uint64_t) override {
    v1::ListEventsRequest request;
    request.set_after_id(after);
    v1::ListEventsReply reply;
    TRY(call("read events", &v1::Controller::Stub::ListEvents, request, reply));
    std::vector<control::Event> events;
    for (const v1::Event& event : reply.events()) events.push_back(decode(event));
    return events;
  }

  Result<std::vector<std::string>> tend_fleets(const control::Options&) override {
    return Error{Errc::kUnimplemented, "the daemon tends its fleets by itself"};
  }

  Result<std::vector<control::MachineState>> machines() override {
    v1::ListMachinesReply reply;
    TRY(call("list machines", &v1::Controller::Stub::ListMachines, v1::ListMachinesRequest(),
             reply));
    std::vector<control::MachineState> machines;
    for (const v1::FleetMachine& machine : reply.machines()) {
      ASSIGN_OR_RETURN(machines.emplace_back(), decode(machine));
    }
    return machines;
  }

  Status drain(const std::string& base, const std::string& machine, bool drained,
               const control::Options&) override {
    v1::DrainRequest request;
    request.set_base(base);
    request.set_machine(machine);
    request.set_drained(drained);
    v1::DrainReply reply;
    return call("drain " + base + "." + machine, &v1::Controller::Stub::Drain, request, reply);
  }

  Status forget_machine(const std::string& base, const std::string& machine,
                        const control::Options&) override {
    v1::ForgetMachineRequest request;
    request.set_base(base);
    request.set_machine(machine);
    v1::ForgetMachineReply reply;
    return call("forget " + base + "." + machine, &v1::Controller::Stub::ForgetMachine, request,
                reply);
  }

  Result<std::vector<control::RunState>> runs() override {
    v1::ListRunsReply reply;
    TRY(call("list programs", &v1::Controller::Stub::ListRuns, v1::ListRunsRequest(), reply));
    std::vector<control::RunState> runs;
    for (const v1::Run& run : reply.runs()) runs.push_back(decode(run));
    return runs;
  }

  Result<machine::LogText> read_log(const std::string& node, uint64_t offset) {
    v1::ReadLogRequest request;
    request.set_node(node);
    request.set_offset(offset);
    v1::ReadLogReply reply;
    TRY(call("read the log of " + node, &v1::Controller::Stub::ReadLog, request, reply));
    return machine::LogText{reply.text(), reply.next_offset()};
  }

  Result<DaemonStatus> status() {
    v1::GetStatusReply reply;
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kAnswer);
    const grpc::Status done = stub_->GetStatus(&context, v1::GetStatusRequest(), &reply);
    if (done.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) {
      return Error{Errc::kFailedPrecondition, "the daemon does not answer; is it stopped?"};
    }
    if (!done.ok()) return from_status(done, "ask the daemon how it is");
    return DaemonStatus{
        reply.pid(),       reply.version(), reply.uptime_s(), reply.ends_when_idle(),
        reply.reason(),    reply.ending(),  reply.listens(),  reply.identity_trouble(),
        reply.controller()};
  }

  bool daemon_ends() const { return daemon_ends_; }

 private:
  template <typename Method, typename Request, typename Reply>
  Status call(const std::string& attempt, Method method, const Request& request, Reply& reply) {
    grpc::ClientContext context;
    const grpc::Status done = (stub_.get()->*method)(&context, request, &reply);
    return done.ok() ? ok() : Status(from_status(done, attempt));
  }

  void interrupt(const std::string& id) {
    v1::Operation request;
    request.set_id(id);
    v1::InterruptReply reply;
    grpc::ClientContext context;
    stub_->Interrupt(&context, request, &reply);  // a daemon that is gone has nothing to stop
  }

  Result<std::vector<control::Outcome>> read_work(
      std::unique_ptr<grpc::ClientReader<v1::WorkReport>> reader, const control::Options& options,
      Diagnostics* diagnostics, const std::string& verb) {
    v1::WorkReport report;
    std::optional<v1::WorkEnd> end;
    while (reader->Read(&report)) {
      if (report.has_progress() && options.progress) {
        const v1::Progress& progress = report.progress();
        options.progress(progress.stage(), progress.done(), progress.total());
      } else if (report.has_note() && options.note) {
        options.note(report.note());
      } else if (report.has_end()) {
        end = report.end();
      }
    }
    const grpc::Status done = reader->Finish();
    if (!end) {
      if (done.ok()) return Error{Errc::kInternal, verb + ": the daemon gave no answer"};
      Error error = from_status(done, verb);
      if (error.code == Errc::kUnavailable) {
        error.message +=
            ": it ended, is stopped, or is cut off; what it was doing is finished or undone "
            "when it runs again, and `vinet ls` says then what there is";
      }
      return error;
    }
    daemon_ends_ = end->daemon_ends();
    if (diagnostics != nullptr) decode(*end, *diagnostics);
    if (end->has_error()) return decode(end->error());
    std::vector<control::Outcome> outcomes;
    for (const v1::Outcome& outcome : end->outcomes()) outcomes.push_back(decode(outcome));
    return outcomes;
  }

  std::unique_ptr<v1::Controller::Stub> stub_;
  bool daemon_ends_ = false;
};

class ChannelClient final : public Client {
 public:
  explicit ChannelClient(const std::shared_ptr<grpc::Channel>& channel,
                         std::unique_ptr<TlsLink> link = nullptr)
      : link_(std::move(link)),
        channel_(channel),
        controller_(channel),
        machine_(make_remote_machine(channel,
                                     [this](const std::string& node, uint64_t offset) {
                                       return controller_.read_log(node, offset);
                                     })),
        member_(make_remote_member(channel, "the daemon")) {}

  control::Controller& controller() override { return controller_; }
  machine::Machine& machine() override { return *machine_; }
  fleet::Member& member() override { return *member_; }
  Result<DaemonStatus> status() override { return controller_.status(); }
  Result<ProgramEnd> run(const ProgramRequest& request, const CallerStreams& streams) override {
    return run_program(channel_, request, streams);
  }
  Result<bool> put_revocations(const std::string& list) override {
    v1::PutRevocationsRequest request;
    request.set_list(list);
    v1::PutRevocationsReply reply;
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kAnswer);
    const grpc::Status done =
        v1::Trust::NewStub(channel_)->PutRevocations(&context, request, &reply);
    if (!done.ok()) return from_status(done, "put the list of revoked certificates");
    return bool{reply.taken()};
  }
  bool daemon_ends() const override { return controller_.daemon_ends(); }
  std::string machine_name() const override { return link_ ? link_->peer_name() : ""; }

 private:
  std::unique_ptr<TlsLink> link_;  // goes last: the channel is over it
  std::shared_ptr<grpc::Channel> channel_;
  RemoteController controller_;
  std::unique_ptr<machine::Machine> machine_;
  std::unique_ptr<fleet::Member> member_;
};

}  // namespace

namespace {

std::shared_ptr<grpc::Channel> channel_over(Fd connected) {
  const int fd = connected.release();
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);
  arguments.SetMaxSendMessageSize(-1);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kPingMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kPongMs);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);  // as many as it takes
  return grpc::CreateCustomInsecureChannelFromFd("vinet", fd, arguments);
}

}  // namespace

std::unique_ptr<Client> Client::over(Fd connected) {
  return std::make_unique<ChannelClient>(channel_over(std::move(connected)));
}

Result<std::unique_ptr<Client>> Client::dial(const std::string& endpoint,
                                             std::shared_ptr<pki::Identity> identity,
                                             std::chrono::milliseconds patience) {
  ASSIGN_OR_RETURN(const Endpoint parsed, parse_endpoint(endpoint));
  ASSIGN_OR_RETURN(std::unique_ptr<TlsLink> link,
                   TlsLink::begin(parsed, std::move(identity), patience));
  const std::shared_ptr<grpc::Channel> channel = channel_over(link->take_inner());
  return std::unique_ptr<Client>(std::make_unique<ChannelClient>(channel, std::move(link)));
}

Result<std::unique_ptr<Client>> Client::dial(const std::string& endpoint,
                                             const std::string& identity_directory,
                                             std::chrono::milliseconds patience) {
  ASSIGN_OR_RETURN(std::shared_ptr<pki::Identity> identity,
                   pki::Identity::load(identity_directory));
  return dial(endpoint, std::move(identity), patience);
}

}  // namespace vinet::rpc
