// The world of a tenant: every function of Controller and Machine, narrowed to what is theirs.
#include <fmt/format.h>

#include <algorithm>

#include "control/tenant.h"

namespace vinet::control {
namespace {

Error not_theirs() {
  return {Errc::kPermissionDenied, "refused"};
}
Error no_node(const std::string& node) {
  return {Errc::kNotFound, fmt::format("no node called '{}' runs", node)};
}

/// What the decorators share: the world behind, and what of it is to be seen now.
class Sight {
 public:
  Sight(World& world, std::string tenant) : world_(world), tenant_(std::move(tenant)) {}

  const std::string& tenant() const { return tenant_; }
  Result<State> whole() {
    std::vector<std::string> damaged;  // not a tenant's business
    return world_.controller().state(damaged);
  }
  Result<State> state() {
    ASSIGN_OR_RETURN(const State state, whole());
    return seen_by(tenant_, state);
  }
  /// Of these owners, theirs; of none, all of theirs.
  Result<std::vector<std::string>> owners(const std::vector<std::string>& asked) {
    ASSIGN_OR_RETURN(const State seen, state());
    std::vector<std::string> theirs;
    for (const auto& [name, internet] : seen.internets) {
      const bool wanted =
          asked.empty() || std::find(asked.begin(), asked.end(), name) != asked.end();
      if (wanted) theirs.push_back(name);
    }
    return theirs;
  }
  Status check_node(const std::string& node) {
    ASSIGN_OR_RETURN(const State seen, state());
    return has_node(seen, node) ? ok() : Status(no_node(node));
  }

 private:
  World& world_;
  const std::string tenant_;
};

class TenantController final : public Controller {
 public:
  TenantController(Controller& all, Sight& sight) : all_(all), sight_(sight) {}

  Result<std::vector<Outcome>> up(const Description& description, const Options& options,
                                  Diagnostics& diagnostics) override {
    Options theirs = options;
    theirs.tenant = sight_.tenant();
    return all_.up(description, theirs, diagnostics);
  }

  Result<std::vector<Outcome>> down(const DownRequest& request, const Options& options) override {
    ASSIGN_OR_RETURN(const State whole, sight_.whole());
    const State seen = seen_by(sight_.tenant(), whole);
    std::set<std::string> going;
    for (const std::string& name : request.names) {
      if (!seen.internets.contains(name)) {
        if (seen.bases.contains(name)) return not_theirs();
        return Error{Errc::kNotFound, fmt::format("no base or internet called '{}' runs", name)};
      }
      going.insert(name);
    }
    DownRequest theirs;
    theirs.names = request.names;
    theirs.recursive = request.recursive;
    for (const Named& file : request.files) {
      for (const std::string& name : file.internets) {
        if (seen.internets.contains(name) && going.insert(name).second) {
          theirs.names.push_back(name);
        }
      }
    }
    for (const auto& [name, internet] : seen.internets) {
      if (request.all && going.insert(name).second) theirs.names.push_back(name);
    }
    // The operator may have put something upon it; who is no concern of theirs.
    for (const std::string& name : theirs.names) {
      for (const std::string& upper : whole.all_standing_on(name)) {
        if (seen.internets.contains(upper)) continue;
        return Error{Errc::kFailedPrecondition, name + " is in use by others"};
      }
    }
    if (theirs.names.empty()) return std::vector<Outcome>();
    return all_.down(theirs, options);
  }

  Result<State> state(std::vector<std::string>&) override { return sight_.state(); }
  Result<State> bases(std::vector<std::string>&) override {
    std::vector<std::string> damaged;
    ASSIGN_OR_RETURN(const State state, all_.bases(damaged));
    return seen_by(sight_.tenant(), state);
  }

  Result<std::vector<std::string>> recover(const std::string&, const Options&) override {
    return not_theirs();
  }
  Result<std::vector<std::string>> leftovers() override { return std::vector<std::string>(); }
  Result<std::vector<Outcome>> repair(const Options&) override { return not_theirs(); }
  Result<std::vector<std::string>> tend_fleets(const Options&) override { return not_theirs(); }
  Result<std::vector<MachineState>> machines() override {
    ASSIGN_OR_RETURN(std::vector<MachineState> machines, all_.machines());
    for (MachineState& machine : machines) {
      std::string& none = machine.facts.takes_none_because;
      if (!machine.trouble.empty()) none = machine.trouble = "the operator knows";  // names others
      machine.troubles.clear();                                                     // likewise
      machine.facts.own_prefixes.clear();
    }
    return machines;
  }
  Status drain(const std::string&, const std::string&, bool, const Options&) override {
    return not_theirs();
  }
  Status forget_machine(const std::string&, const std::string&, const Options&) override {
    return not_theirs();
  }

  Result<uint64_t> renew(const std::string& internet, std::optional<uint64_t> lease_s,
                         const Options& options) override {
    ASSIGN_OR_RETURN(const State seen, sight_.state());
    if (!seen.internets.contains(internet)) {
      return Error{Errc::kNotFound, fmt::format("no internet called '{}' runs", internet)};
    }
    return all_.renew(internet, lease_s, options);
  }

  /// Of their internets, since each was made: the name may have been another's before.
  Result<std::vector<Event>> events(uint64_t after, uint64_t most) override {
    ASSIGN_OR_RETURN(const State seen, sight_.state());
    ASSIGN_OR_RETURN(const std::vector<Event> all, all_.events(0, UINT64_MAX >> 1));
    std::map<std::string, uint64_t> ended;
    for (const Event& event : all) {
      if (event.kind == "down" || event.kind == "lease-ended") ended[event.object] = event.id;
    }
    std::vector<Event> theirs;
    for (const Event& event : all) {
      const std::string name = event.object.substr(0, event.object.find('.'));
      if (event.id > after && seen.internets.contains(name) && event.id > ended[name]) {
        theirs.push_back(event);
      }
    }
    const size_t skip = theirs.size() > most ? theirs.size() - most : 0;
    theirs.erase(theirs.begin(), theirs.begin() + static_cast<std::ptrdiff_t>(skip));
    return theirs;
  }

  Result<std::vector<RunState>> runs() override {
    ASSIGN_OR_RETURN(const State seen, sight_.state());
    ASSIGN_OR_RETURN(std::vector<RunState> all, all_.runs());
    std::erase_if(all, [&seen](const RunState& run) { return !has_node(seen, run.node); });
    return all;
  }

 private:
  Controller& all_;
  Sight& sight_;
};

class TenantMachine final : public machine::Machine {
 public:
  TenantMachine(machine::Machine& all, Sight& sight) : all_(all), sight_(sight) {}

  Result<plan::Inventory> inventory() override { return all_.inventory(); }
  std::vector<machine::Feature> features() override { return all_.features(); }

  Result<std::vector<slice::Slice>> observe(const std::vector<std::string>& owners,
                                            const std::set<std::string>& only) override {
    ASSIGN_OR_RETURN(auto theirs, sight_.owners(owners));
    ASSIGN_OR_RETURN(const State seen, sight_.state());
    for (const std::string& owner : owners) {
      if (seen.bases.contains(owner)) theirs.push_back(owner);  // its own objects only
    }
    if (theirs.empty()) return std::vector<slice::Slice>();
    return all_.observe(theirs, only);
  }
  Result<std::vector<std::string>> list_owners() override { return sight_.owners({}); }
  Result<machine::ApplyReport> apply(const std::vector<slice::Slice>&,
                                     const machine::Options&) override {
    return not_theirs();
  }
  Result<machine::ApplyReport> remove(const std::string&, const std::vector<std::string>&,
                                      const machine::Options&) override {
    return not_theirs();
  }
  Result<std::vector<machine::LinkCounters>> counters(
      const std::vector<std::string>& owners) override {
    ASSIGN_OR_RETURN(const auto theirs, sight_.owners(owners));
    if (theirs.empty()) return std::vector<machine::LinkCounters>();
    return all_.counters(theirs);
  }

  Result<std::vector<machine::PathReport>> take_path_reports(
      const std::vector<std::string>&) override {
    return not_theirs();
  }
  Result<slice::PathsInForce> paths_in_force(const std::vector<std::string>& machines) override {
    return all_.paths_in_force(machines);
  }
  Status order_paths(const std::vector<machine::PathOrder>&) override { return not_theirs(); }
  void watch_routes(const std::set<std::string>&) override {}
  std::set<std::string> take_changed_routes() override { return {}; }

  Error exec(const machine::ExecRequest&) override { return not_theirs(); }
  Result<machine::LogText> read_log(const std::string& node, uint64_t offset) override {
    TRY(sight_.check_node(node));
    return all_.read_log(node, offset);
  }
  Result<std::vector<std::optional<uint64_t>>> ping(const std::vector<machine::PingTask>& tasks,
                                                    const machine::PingOptions& how,
                                                    const machine::Options& options) override {
    ASSIGN_OR_RETURN(const State seen, sight_.state());
    for (const machine::PingTask& task : tasks) {
      if (!has_node(seen, task.node)) return no_node(task.node);
    }
    return all_.ping(tasks, how, options);
  }
  /// With a nonce of their own choice they could watch another's.
  Result<machine::ProbeReport> probe(const machine::PingTask& task, int ttl,
                                     std::chrono::milliseconds timeout, uint64_t nonce) override {
    TRY(sight_.check_node(task.node));
    if (nonce != 0) return not_theirs();
    return all_.probe(task, ttl, timeout, 0);
  }
  Result<uint64_t> watch_probe(uint64_t) override { return not_theirs(); }
  Result<std::vector<machine::ProbeStep>> take_probe_steps(uint64_t) override {
    return not_theirs();
  }
  Result<machine::CheckReport> check(const machine::CheckRequest&,
                                     const machine::Options&) override {
    return not_theirs();
  }
  Result<machine::CanaryReport> canary(const machine::CanaryRequest&,
                                       const machine::Options&) override {
    return not_theirs();
  }

 private:
  machine::Machine& all_;
  Sight& sight_;
};

class TenantWorld final : public World {
 public:
  TenantWorld(std::unique_ptr<World> world, const std::string& tenant)
      : world_(std::move(world)),
        sight_(*world_, tenant),
        machine_(world_->machine(), sight_),
        controller_(world_->controller(), sight_) {}

  machine::Machine& machine() override { return machine_; }
  Controller& controller() override { return controller_; }
  const std::string& state_directory() const override { return nowhere_; }

 private:
  std::unique_ptr<World> world_;
  Sight sight_;
  TenantMachine machine_;
  TenantController controller_;
  const std::string nowhere_;
};

}  // namespace

std::unique_ptr<World> make_tenant_world(std::unique_ptr<World> world, const std::string& tenant) {
  return std::make_unique<TenantWorld>(std::move(world), tenant);
}

}  // namespace vinet::control
