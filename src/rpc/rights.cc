#include "rpc/rights.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <cstring>

namespace vinet::rpc {

std::string to_string(const Caller& caller) {
  switch (caller.kind) {
    case Caller::Kind::kLocal:
      return "local";
    case Caller::Kind::kOperator:
      return "operator " + caller.name;
    case Caller::Kind::kMachine:
      return "machine " + caller.name;
    case Caller::Kind::kTenant:
      return "tenant " + caller.name;
  }
  return "nobody";
}

const std::vector<Rule>& rules() {
  // What a tenant may call shows and touches only their own: tenant_world.h.
  static const std::vector<Rule> kRules = {
      {"Controller.Up", "ot"},
      {"Controller.Down", "ot"},
      {"Controller.Interrupt", "ot"},
      {"Controller.GetState", "omt"},
      {"Controller.ListLeftovers", "omt"},
      {"Controller.GetStatus", "omt"},
      {"Controller.Recover", "o"},
      {"Controller.Renew", "ot"},
      {"Controller.ListMachines", "omt"},
      {"Controller.Drain", "o"},
      {"Controller.ForgetMachine", "o"},
      {"Controller.ListRuns", "omt"},
      {"Controller.ReadLog", "omt"},
      {"Controller.ListEvents", "omt"},
      {"Machine.GetInventory", "omt"},
      {"Machine.ListFeatures", "omt"},
      {"Machine.Observe", "omt"},
      {"Machine.ListOwners", "omt"},
      {"Machine.Apply", ""},
      {"Machine.Remove", ""},
      {"Machine.GetCounters", "omt"},
      {"Machine.Ping", "omt"},
      {"Machine.Probe", "omt"},
      {"Machine.WatchProbe", "om"},
      {"Machine.TakeProbe", "om"},
      {"Machine.ListPaths", "omt"},
      {"Machine.Check", "om"},
      {"Machine.Canary", "om"},
      {"Machine.CanaryWork", "m"},
      {"Machine.Exec", "omt"},
      {"Member.GetReport", "om"},
      {"Member.Prepare", "om"},
      {"Member.Commit", "om"},
      {"Member.Abort", "om"},
      {"Member.Put", "om"},
      {"Member.Remove", "om"},
      {"Member.Renew", "om"},
      {"Member.Forget", "o"},
      {"Trust.PutRevocations", "om"},
  };
  return kRules;
}

bool may_call(const Caller& caller, const std::string& method) {
  if (caller.kind == Caller::Kind::kLocal) return true;
  const char letter = caller.kind == Caller::Kind::kOperator  ? 'o'
                      : caller.kind == Caller::Kind::kMachine ? 'm'
                                                              : 't';
  return std::any_of(rules().begin(), rules().end(), [&](const Rule& rule) {
    return method == rule.method && std::strchr(rule.roles, letter) != nullptr;
  });
}

std::vector<int> refused_methods(const std::string& service, const Caller& caller) {
  std::vector<int> refused;
  const auto* found =
      google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(service);
  for (int i = 0; found != nullptr && i < found->method_count(); ++i) {
    if (!may_call(caller, found->name() + "." + found->method(i)->name())) refused.push_back(i);
  }
  return refused;
}

}  // namespace vinet::rpc
