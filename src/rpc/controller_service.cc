// The controller's side of controller.proto.
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <map>
#include <mutex>

#include "control/description.h"
#include "rpc/calls.h"
#include "rpc/services.h"
#include "vinet/v1/controller.grpc.pb.h"

namespace vinet::rpc {
namespace {

using Context = grpc::CallbackServerContext;
using Unary = grpc::ServerUnaryReactor;
using Reports = Stream<v1::WorkReport>;

constexpr uint64_t kLongestLockWaitMs = 600'000;
constexpr uint64_t kMostEvents = 1000;
constexpr size_t kMostIdBytes = 100;

/// The operations at work, so that a second call can stop them.
class Operations {
 public:
  using Stop = std::shared_ptr<std::atomic<bool>>;

  /// Nothing if the id is used already.
  Stop begin(const std::string& id) {
    const std::lock_guard lock(mutex_);
    auto stop = std::make_shared<std::atomic<bool>>(false);
    return stops_.emplace(id, stop).second ? stop : nullptr;
  }
  void end(const std::string& id) {
    const std::lock_guard lock(mutex_);
    stops_.erase(id);
  }
  void interrupt(const std::string& id) {
    const std::lock_guard lock(mutex_);
    if (const auto found = stops_.find(id); found != stops_.end()) *found->second = true;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, Stop> stops_;
};

control::Texts decode(const v1::UpRequest& request) {
  control::Texts texts;
  for (const v1::Source& source : request.sources()) {
    texts.sources.push_back({source.name(), source.text()});
  }
  texts.set = strings(request.set());
  if (request.has_limits()) {
    texts.limits.nodes = request.limits().nodes();
    texts.limits.links = request.limits().links();
    texts.limits.steps = request.limits().steps();
    texts.limits.depth = std::min(request.limits().depth(), graph::kMostDepth);
  }
  return texts;
}

class ControllerService final : public v1::Controller::CallbackService {
 public:
  ControllerService(Host& host, Workers& workers, const Caller& caller)
      : host_(host), workers_(workers) {
    for (const int method : refused_methods(v1::Controller::service_full_name(), caller)) {
      MarkMethodGeneric(method);
    }
  }

 private:
  grpc::ServerWriteReactor<v1::WorkReport>* Up(Context*, const v1::UpRequest* request) override {
    return work(request->operation_id(), request->lock_wait_ms(),
                [asked = *request](control::World& world, const control::Options& options,
                                   Diagnostics& diagnostics) {
                  return up(asked, world, options, diagnostics);
                });
  }

  grpc::ServerWriteReactor<v1::WorkReport>* Down(Context*,
                                                 const v1::DownRequest* request) override {
    return work(request->operation_id(), request->lock_wait_ms(),
                [asked = rpc::decode(*request)](control::World& world,
                                                const control::Options& options, Diagnostics&) {
                  return world.controller().down(asked, options);
                });
  }

  static Result<std::vector<control::Outcome>> up(const v1::UpRequest& request,
                                                  control::World& world, control::Options options,
                                                  Diagnostics& diagnostics) {
    if (request.has_only_if()) {
      options.only_if = {request.only_if().base(), request.only_if().generation()};
    }
    control::Description description;
    description.texts = decode(request);
    if (description.texts.sources.empty()) {
      return Error{Errc::kInvalidArgument, "up: no description"};
    }
    std::vector<std::string> damaged;
    ASSIGN_OR_RETURN(const control::State state, world.controller().state(damaged));
    auto graph = control::expand(description.texts, state, diagnostics);
    if (!graph) return Error{Errc::kInvalidArgument, "the description has errors"};
    description.graph = *std::move(graph);
    return world.controller().up(description, options, diagnostics);
  }

  // The work is not the caller's: it goes on when the caller is lost (faults.md F-06).
  template <typename Work>
  grpc::ServerWriteReactor<v1::WorkReport>* work(std::string id, uint64_t lock_wait_ms, Work act) {
    return answer_stream<v1::WorkReport>(
        workers_,
        [this, id = std::move(id), lock_wait_ms, act = std::move(act)](Reports& reports) -> Status {
          if (id.empty() || id.size() > kMostIdBytes) {
            return Error{Errc::kInvalidArgument, "an operation id of 1 to 100 bytes is needed"};
          }
          if (!host_.begin_work()) return Error{Errc::kUnavailable, kEnding};
          const Operations::Stop stop = operations_.begin(id);
          if (!stop) {
            host_.end_work();
            return Error{Errc::kAlreadyExists, "operation " + id + " is at work already"};
          }
          control::Options options;
          options.progress = progress_into(reports);
          options.stop = [stop] { return stop->load(); };
          options.has_keeper = true;
          options.lock_wait = std::chrono::milliseconds(std::min(lock_wait_ms, kLongestLockWaitMs));
          options.note = [&reports](const std::string& line) {
            v1::WorkReport report;
            report.set_note(line);
            reports.push(std::move(report), Reports::kMostNotes);
          };
          v1::WorkReport last;
          v1::WorkEnd& end = *last.mutable_end();
          Diagnostics diagnostics;
          {
            const std::unique_ptr<control::World> world = host_.open();
            const auto outcomes = act(*world, options, diagnostics);
            if (outcomes) {
              for (const control::Outcome& outcome : *outcomes) {
                encode(outcome, *end.add_outcomes());
              }
            } else {
              encode(outcomes.error(), *end.mutable_error());
            }
          }
          encode(diagnostics, end);
          operations_.end(id);
          end.set_daemon_ends(host_.end_work());
          reports.push(std::move(last));
          return ok();
        });
  }

  Unary* Interrupt(Context* context, const v1::Operation* request, v1::InterruptReply*) override {
    operations_.interrupt(request->id());
    Unary* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  Unary* GetState(Context* context, const v1::GetStateRequest* request,
                  v1::GetStateReply* reply) override {
    return answer(context, workers_, [this, request, reply]() -> Status {
      std::vector<std::string> damaged;
      const auto world = host_.open();
      ASSIGN_OR_RETURN(const control::State state, request->only_bases()
                                                       ? world->controller().bases(damaged)
                                                       : world->controller().state(damaged));
      encode(state, *reply);
      for (const std::string& line : damaged) reply->add_damaged(line);
      return ok();
    });
  }

  Unary* ListLeftovers(Context* context, const v1::ListLeftoversRequest*,
                       v1::ListLeftoversReply* reply) override {
    return answer(context, workers_, [this, reply]() -> Status {
      ASSIGN_OR_RETURN(const auto owners, host_.open()->controller().leftovers());
      for (const std::string& owner : owners) reply->add_owners(owner);
      return ok();
    });
  }

  Unary* GetStatus(Context* context, const v1::GetStatusRequest*,
                   v1::GetStatusReply* reply) override {
    return answer(context, workers_, [this, reply]() -> Status {
      const DaemonStatus status = host_.status();
      reply->set_pid(status.pid);
      reply->set_version(status.version);
      reply->set_uptime_s(status.uptime_s);
      reply->set_watching_only(!status.trouble.empty());
      reply->set_reason(status.trouble);
      reply->set_ends_when_idle(status.ends_when_idle);
      reply->set_ending(status.ending);
      reply->set_listens(status.listens);
      reply->set_identity_trouble(status.identity_trouble);
      reply->set_controller(status.controller);
      return ok();
    });
  }

  Unary* Recover(Context* context, const v1::RecoverRequest* request,
                 v1::RecoverReply* reply) override {
    return answer(
        context, workers_,
        [this, request, reply]() -> Status {
          control::Options options;
          options.lock_wait =
              std::chrono::milliseconds(std::min(request->lock_wait_ms(), kLongestLockWaitMs));
          std::vector<std::string> lines;
          if (fleet::Member* member = host_.member();
              member != nullptr && request->file().empty()) {
            ASSIGN_OR_RETURN(lines, member->recover());
          }
          const auto own = host_.open()->controller().recover(request->file(), options);
          // What was damaged was mended; nobody has said that there is more.
          if (!own && lines.empty()) return own.error();
          if (own) lines.insert(lines.end(), own->begin(), own->end());
          for (const std::string& line : lines) reply->add_lines(line);
          return ok();
        },
        kKeptForShortCalls);
  }

  Unary* Renew(Context* context, const v1::RenewRequest* request, v1::RenewReply* reply) override {
    return answer(
        context, workers_,
        [this, request, reply]() -> Status {
          std::optional<uint64_t> lease_s;
          if (request->lease_s() != 0) lease_s = request->lease_s();
          ASSIGN_OR_RETURN(const uint64_t left_s,
                           host_.open()->controller().renew(request->name(), lease_s, {}));
          reply->set_left_s(left_s);
          return ok();
        },
        kKeptForShortCalls);
  }

  Unary* ListMachines(Context* context, const v1::ListMachinesRequest*,
                      v1::ListMachinesReply* reply) override {
    return answer(context, workers_, [this, reply]() -> Status {
      ASSIGN_OR_RETURN(const auto machines, host_.open()->controller().machines());
      for (const control::MachineState& machine : machines) {
        encode(machine, *reply->add_machines());
      }
      return ok();
    });
  }

  Unary* Drain(Context* context, const v1::DrainRequest* request, v1::DrainReply*) override {
    return answer(
        context, workers_,
        [this, request]() -> Status {
          return host_.open()->controller().drain(request->base(), request->machine(),
                                                  request->drained(), {});
        },
        kKeptForShortCalls);
  }

  Unary* ForgetMachine(Context* context, const v1::ForgetMachineRequest* request,
                       v1::ForgetMachineReply*) override {
    return answer(
        context, workers_,
        [this, request]() -> Status {
          return host_.open()->controller().forget_machine(request->base(), request->machine(), {});
        },
        kKeptForShortCalls);
  }

  Unary* ListRuns(Context* context, const v1::ListRunsRequest*, v1::ListRunsReply* reply) override {
    return answer(context, workers_, [this, reply]() -> Status {
      for (const control::RunState& run : host_.runs()) encode(run, *reply->add_runs());
      return ok();
    });
  }

  Unary* ReadLog(Context* context, const v1::ReadLogRequest* request,
                 v1::ReadLogReply* reply) override {
    return answer(context, workers_, [open = opener(host_, *context), request, reply]() -> Status {
      ASSIGN_OR_RETURN(machine::LogText log,
                       open()->machine().read_log(request->node(), request->offset()));
      reply->set_text(std::move(log.text));
      reply->set_next_offset(log.next_offset);
      return ok();
    });
  }

  Unary* ListEvents(Context* context, const v1::ListEventsRequest* request,
                    v1::ListEventsReply* reply) override {
    return answer(context, workers_, [this, request, reply]() -> Status {
      ASSIGN_OR_RETURN(const auto events,
                       host_.open()->controller().events(request->after_id(), kMostEvents));
      for (const control::Event& event : events) encode(event, *reply->add_events());
      return ok();
    });
  }

  static constexpr char kEnding[] = "the daemon is about to end";
  Host& host_;
  Workers& workers_;
  Operations operations_;
};

}  // namespace

std::unique_ptr<grpc::Service> make_controller_service(Host& host, Workers& workers,
                                                       const Caller& caller) {
  return std::make_unique<ControllerService>(host, workers, caller);
}

}  // namespace vinet::rpc
