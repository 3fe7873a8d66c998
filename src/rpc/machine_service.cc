// The machine's side of machine.proto.
#include <grpcpp/grpcpp.h>

#include <memory>
#include <mutex>

#include "net/ip.h"
#include "rpc/calls.h"
#include "rpc/canary_convert.h"
#include "rpc/check_convert.h"
#include "rpc/exec_pump.h"
#include "rpc/probe_convert.h"
#include "rpc/services.h"
#include "slice/slice_json.h"
#include "vinet/v1/machine.grpc.pb.h"

namespace vinet::rpc {
namespace {

using Context = grpc::CallbackServerContext;
using Unary = grpc::ServerUnaryReactor;

// A lab of 65,536 nodes has 4 × 10⁹ ordered pairs; nobody asks for all at once.
constexpr int kMostTasks = 1'000'000;

class MachineService final : public v1::Machine::CallbackService {
 public:
  MachineService(Host& host, Workers& workers, const Caller& caller)
      : host_(host), workers_(workers) {
    for (const int method : refused_methods(v1::Machine::service_full_name(), caller)) {
      MarkMethodGeneric(method);
    }
  }

 private:
  Unary* GetInventory(Context* context, const v1::GetInventoryRequest*,
                      v1::GetInventoryReply* reply) override {
    return answer(context, workers_, [open = opener(host_, *context), reply]() -> Status {
      ASSIGN_OR_RETURN(const plan::Inventory inventory, open()->machine().inventory());
      for (const net::IpPrefix& prefix : inventory.own_prefixes) {
        reply->add_own_prefixes(net::to_string(prefix));
      }
      const auto [netem, tbf, htb] = inventory.features;  // all of them
      reply->set_netem(netem);
      reply->set_tbf(tbf);
      reply->set_htb(htb);
      return ok();
    });
  }

  Unary* ListFeatures(Context* context, const v1::ListFeaturesRequest*,
                      v1::ListFeaturesReply* reply) override {
    return answer(context, workers_, [open = opener(host_, *context), reply]() -> Status {
      for (const machine::Feature& feature : open()->machine().features()) {
        v1::Feature& one = *reply->add_features();
        one.set_name(feature.name);
        one.set_present(feature.present);
        one.set_required(feature.required);
        one.set_detail(feature.detail);
      }
      return ok();
    });
  }

  Unary* Observe(Context* context, const v1::ObserveRequest* request,
                 v1::ObserveReply* reply) override {
    return answer(context, workers_, [open = opener(host_, *context), request, reply]() -> Status {
      ASSIGN_OR_RETURN(const auto slices,
                       open()->machine().observe(strings(request->owners()),
                                                 {request->only().begin(), request->only().end()}));
      reply->set_slices(slice::to_json(slices));
      return ok();
    });
  }

  Unary* ListPaths(Context* context, const v1::ListPathsRequest* request,
                   v1::ListPathsReply* reply) override {
    return answer(context, workers_, [open = opener(host_, *context), request, reply]() -> Status {
      ASSIGN_OR_RETURN(const slice::PathsInForce paths,
                       open()->machine().paths_in_force(strings(request->machines())));
      for (const auto& [machine, of_machine] : paths) {
        for (const auto& [far, bytes] : of_machine) {
          v1::PathInForce& path = *reply->add_paths();
          path.set_machine(machine);
          path.set_far(net::to_string(far));
          path.set_bytes(bytes);
        }
      }
      return ok();
    });
  }

  Unary* ListOwners(Context* context, const v1::ListOwnersRequest*,
                    v1::ListOwnersReply* reply) override {
    return answer(context, workers_, [open = opener(host_, *context), reply]() -> Status {
      ASSIGN_OR_RETURN(const auto owners, open()->machine().list_owners());
      for (const std::string& owner : owners) reply->add_owners(owner);
      return ok();
    });
  }

  grpc::ServerWriteReactor<v1::ApplyReply>* Apply(Context* context,
                                                  const v1::ApplyRequest* request) override {
    return answer_stream<v1::ApplyReply>(
        workers_,
        [open = opener(host_, *context), text = request->slices(),
         only = strings(request->only())](Stream<v1::ApplyReply>& stream) -> Status {
          ASSIGN_OR_RETURN(const std::vector<slice::Slice> slices, slice::from_json(text));
          machine::Options options;
          options.only.insert(only.begin(), only.end());
          options.progress = progress_into(stream);
          ASSIGN_OR_RETURN(const machine::ApplyReport report,
                           open()->machine().apply(slices, options));
          return report_into(stream, report);
        });
  }

  grpc::ServerWriteReactor<v1::ApplyReply>* Remove(Context* context,
                                                   const v1::RemoveRequest* request) override {
    return answer_stream<v1::ApplyReply>(
        workers_,
        [open = opener(host_, *context), owner = request->owner(),
         names = strings(request->names())](Stream<v1::ApplyReply>& stream) -> Status {
          machine::Options options;
          options.progress = progress_into(stream);
          ASSIGN_OR_RETURN(const machine::ApplyReport report,
                           open()->machine().remove(owner, names, options));
          return report_into(stream, report);
        });
  }

  static Status report_into(Stream<v1::ApplyReply>& stream, const machine::ApplyReport& report) {
    v1::ApplyReply last;
    encode(report, *last.mutable_report());
    stream.push(std::move(last));
    return ok();
  }

  Unary* GetCounters(Context* context, const v1::GetCountersRequest* request,
                     v1::GetCountersReply* reply) override {
    return answer(context, workers_, [open = opener(host_, *context), request, reply]() -> Status {
      ASSIGN_OR_RETURN(const auto all, open()->machine().counters(strings(request->owners())));
      for (const machine::LinkCounters& counters : all) encode(counters, *reply->add_counters());
      return ok();
    });
  }

  grpc::ServerWriteReactor<v1::PingReply>* Ping(Context* context,
                                                const v1::PingRequest* request) override {
    return answer_stream<v1::PingReply>(
        workers_,
        [open = opener(host_, *context),
         asked = *request](Stream<v1::PingReply>& stream) -> Status {
          if (asked.tasks_size() > kMostTasks) {
            return Error{Errc::kResourceExhausted, "more than 1,000,000 echoes in one call"};
          }
          std::vector<machine::PingTask> tasks;
          for (const v1::PingTask& task : asked.tasks()) {
            ASSIGN_OR_RETURN(tasks.emplace_back(), decode(task));
          }
          ASSIGN_OR_RETURN(const machine::PingOptions how, ping_options(asked));
          machine::Options options;
          options.progress = progress_into(stream);
          options.stop = [&stream] { return stream.cancelled(); };
          ASSIGN_OR_RETURN(const auto answers, open()->machine().ping(tasks, how, options));
          v1::PingReply last;
          for (const std::optional<uint64_t>& rtt : answers) {
            last.mutable_answers()->add_round_trip_us_plus_1(rtt ? *rtt + 1 : 0);
          }
          last.mutable_answers();
          stream.push(std::move(last));
          return ok();
        });
  }

  Unary* Probe(Context* context, const v1::ProbeRequest* request, v1::ProbeReply* reply) override {
    return answer(
        context, workers_,
        [open = opener(host_, *context), request, reply]() -> Status {
          ASSIGN_OR_RETURN(const machine::PingTask task, decode(request->task()));
          if (request->ttl() < 1 || request->ttl() > 255 ||
              request->timeout_ms() > kLongestWaitMs) {
            return Error{Errc::kInvalidArgument,
                         "probe: ttl must be 1..255, the wait at most 60 s"};
          }
          ASSIGN_OR_RETURN(const machine::ProbeReport report,
                           open()->machine().probe(task, request->ttl(),
                                                   std::chrono::milliseconds(request->timeout_ms()),
                                                   request->nonce()));
          encode(report, *reply);
          return ok();
        },
        kKeptForShortCalls);
  }

  Unary* WatchProbe(Context* context, const v1::WatchProbeRequest* request,
                    v1::WatchProbeReply* reply) override {
    return answer(context, workers_, [open = opener(host_, *context), request, reply]() -> Status {
      ASSIGN_OR_RETURN(const uint64_t now_ns, open()->machine().watch_probe(request->nonce()));
      reply->set_now_ns(now_ns);
      return ok();
    });
  }

  Unary* TakeProbe(Context* context, const v1::TakeProbeRequest* request,
                   v1::ProbeReply* reply) override {
    return answer(context, workers_, [open = opener(host_, *context), request, reply]() -> Status {
      machine::ProbeReport report;
      ASSIGN_OR_RETURN(report.steps, open()->machine().take_probe_steps(request->nonce()));
      encode(report, *reply);
      return ok();
    });
  }

  grpc::ServerWriteReactor<v1::CheckReply>* Check(Context* context,
                                                  const v1::CheckRequest* request) override {
    return answer_stream<v1::CheckReply>(
        workers_,
        [open = opener(host_, *context),
         asked = *request](Stream<v1::CheckReply>& stream) -> Status {
          machine::CheckRequest check;
          ASSIGN_OR_RETURN(check.want, slice::from_json(asked.slices()));
          check.owners = strings(asked.owners());
          machine::Options options;
          options.progress = progress_into(stream);
          options.stop = [&stream] { return stream.cancelled(); };
          ASSIGN_OR_RETURN(const machine::CheckReport report,
                           open()->machine().check(check, options));
          v1::CheckReply last;
          encode(report, *last.mutable_report());
          stream.push(std::move(last));
          return ok();
        });
  }

  grpc::ServerWriteReactor<v1::CanaryReply>* Canary(Context* context,
                                                    const v1::CanaryRequest* request) override {
    return answer_stream<v1::CanaryReply>(
        workers_,
        [open = opener(host_, *context),
         asked = *request](Stream<v1::CanaryReply>& stream) -> Status {
          machine::CanaryRequest canary;
          ASSIGN_OR_RETURN(canary.internets, slice::from_json(asked.slices()));
          canary.owners = strings(asked.owners());
          machine::Options options;
          options.progress = progress_into(stream);
          options.stop = [&stream] { return stream.cancelled(); };
          ASSIGN_OR_RETURN(const machine::CanaryReport report,
                           open()->machine().canary(canary, options));
          v1::CanaryReply last;
          encode(report, *last.mutable_report());
          stream.push(std::move(last));
          return ok();
        });
  }

  Unary* CanaryWork(Context* context, const v1::CanaryWorkRequest* request,
                    v1::CanaryWorkReply* reply) override {
    return answer(
        context, workers_,
        [open = opener(host_, *context), under_way = canary_, request, reply]() -> Status {
          ASSIGN_OR_RETURN(const machine::CanaryWork work, decode(*request));
          const std::lock_guard lock(under_way->mutex);
          if (under_way->world == nullptr || under_way->nonce != work.nonce) {
            under_way->world = open();
            under_way->nonce = work.nonce;
          }
          ASSIGN_OR_RETURN(machine::CanaryPart * part,
                           machine::canary_part(under_way->world->machine()));
          const auto news = part->canary_work(work);
          if (!news || work.end) under_way->world.reset();
          if (!news) return news.error();
          encode(*news, *reply);
          return ok();
        });
  }

  grpc::ServerBidiReactor<v1::ExecRequest, v1::ExecReply>* Exec(Context*) override {
    // The host outlives the workers; this service may not.
    return ExecCall::begin(workers_,
                           [&host = host_](ExecCall& call, const ProgramRequest& request) {
                             return serve_program(host, call, request);
                           });
  }

  Host& host_;
  Workers& workers_;
  /// The canary that this connection's caller judges: its sockets lie in the world.
  struct UnderWay {
    std::mutex mutex;
    uint64_t nonce = 0;
    std::unique_ptr<control::World> world;
  };
  const std::shared_ptr<UnderWay> canary_ = std::make_shared<UnderWay>();
};

}  // namespace

std::unique_ptr<grpc::Service> make_machine_service(Host& host, Workers& workers,
                                                    const Caller& caller) {
  return std::make_unique<MachineService>(host, workers, caller);
}

}  // namespace vinet::rpc
