#include "fleet/view.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>

#include "fleet/canary_hands.h"
#include "fleet/parallel.h"
#include "support/random.h"

namespace vinet::fleet {
namespace {

using machine::Options;

/// Which of the things that a call is about lie on which machine, by their indexes.
struct Parts {
  std::vector<size_t> here;
  std::vector<std::pair<Place, std::vector<size_t>>> there;
};

template <typename Things, typename Space>
Parts split(const Directory& directory, const Things& things, Space space) {
  Parts parts;
  std::map<Place, std::vector<size_t>> there;
  size_t index = 0;
  for (const auto& thing : things) {
    const Place* place = directory.find(space(thing));
    (place == nullptr ? parts.here : there[*place]).push_back(index++);
  }
  parts.there.assign(there.begin(), there.end());
  return parts;
}

template <typename T>
std::vector<T> chosen(const std::vector<T>& things, const std::vector<size_t>& indexes) {
  std::vector<T> some;
  for (const size_t index : indexes) some.push_back(things[index]);
  return some;
}

template <typename T>
void append(std::vector<T>& to, std::vector<T> from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

uint64_t now_ns() {
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                   std::chrono::steady_clock::now().time_since_epoch())
                                   .count());
}

/// What the machine at a place answers to `use`.
template <typename Use>
auto ask(Fleet& fleet, const Place& place, const Use& use)
    -> std::invoke_result_t<Use, machine::Machine&> {
  ASSIGN_OR_RETURN(const auto machine, fleet.member(place.daemon)->machine());
  return use(*machine);
}

/// What the machines that answer say. Nobody waits for one that is away; the controller asks it
/// all the time.
template <typename Use>
auto everywhere(Fleet& fleet, const Directory& directory, const Use& use) {
  using Answer = std::invoke_result_t<Use, machine::Machine&>;
  std::vector<Place> places;
  for (const auto& [name, place] : directory.machines()) {
    const auto health = fleet.health(place.daemon);
    if (!health || !health->away) places.push_back(place);
  }
  std::vector<typename Answer::value_type> good;
  if (places.empty()) return good;
  auto answers = on_all(places, [&](const Place& place) { return ask(fleet, place, use); });
  for (Answer& answer : answers) {
    if (answer) good.push_back(*std::move(answer));
  }
  return good;
}

class View final : public machine::Machine {
 public:
  View(machine::Machine& here, Fleet& fleet) : here_(here), fleet_(fleet) {}

  Result<plan::Inventory> inventory() override { return here_.inventory(); }
  std::vector<machine::Feature> features() override { return here_.features(); }
  Result<std::vector<std::string>> list_owners() override { return here_.list_owners(); }

  Result<machine::ApplyReport> apply(const std::vector<slice::Slice>& want,
                                     const Options& options) override {
    return here_.apply(want, options);
  }
  Result<std::set<std::string>> strayed(const std::vector<slice::Slice>& want,
                                        const Options& options) override {
    return here_.strayed(want, options);
  }
  Result<machine::ApplyReport> remove(const std::string& owner,
                                      const std::vector<std::string>& names,
                                      const Options& options) override {
    return here_.remove(owner, names, options);
  }

  using Machine::observe;
  Result<std::vector<slice::Slice>> observe(const std::vector<std::string>& owners,
                                            const std::set<std::string>& only) override {
    const auto directory = fleet_.directory();
    ASSIGN_OR_RETURN(std::vector<slice::Slice> all, here_.observe(owners, only));
    // This computer may be a machine of a fleet itself; its daemon tells of that.
    std::erase_if(all, [&](const auto& slice) { return directory->find(slice.machine); });
    for (auto& slices : everywhere(fleet_, *directory, [&](machine::Machine& machine) {
           return machine.observe(owners, only);
         })) {
      append(all, std::move(slices));
    }
    return all;
  }

  Result<std::vector<machine::LinkCounters>> counters(
      const std::vector<std::string>& owners) override {
    const auto directory = fleet_.directory();
    ASSIGN_OR_RETURN(std::vector<machine::LinkCounters> all, here_.counters(owners));
    std::erase_if(all, [&](const auto& one) { return directory->find(one.machine); });
    for (auto& counters : everywhere(fleet_, *directory, [&](machine::Machine& machine) {
           return machine.counters(owners);
         })) {
      append(all, std::move(counters));
    }
    return all;
  }

  /// Of this computer: the daemons of other machines tend their own paths.
  Result<std::vector<machine::PathReport>> take_path_reports(
      const std::vector<std::string>& machines) override {
    return here_.take_path_reports(of_here(machines));
  }
  Status order_paths(const std::vector<machine::PathOrder>& orders) override {
    const auto directory = fleet_.directory();
    const Parts parts = split(*directory, orders, [](const auto& order) { return order.machine; });
    return here_.order_paths(chosen(orders, parts.here));
  }
  Result<slice::PathsInForce> paths_in_force(const std::vector<std::string>& machines) override {
    const auto directory = fleet_.directory();
    const Parts parts = split(*directory, machines, [](const auto& name) { return name; });
    ASSIGN_OR_RETURN(slice::PathsInForce all, here_.paths_in_force(chosen(machines, parts.here)));
    const auto answers = on_all(parts.there, [&](const auto& part) {
      return ask(fleet_, part.first, [&](machine::Machine& machine) {
        return machine.paths_in_force(chosen(machines, part.second));
      });
    });
    for (const auto& answer : answers) {
      if (answer) all.insert(answer->begin(), answer->end());
    }
    return all;
  }

  /// Likewise.
  void watch_routes(const std::set<std::string>& namespaces) override {
    const auto directory = fleet_.directory();
    std::set<std::string> own = namespaces;
    std::erase_if(own, [&](const std::string& name) { return directory->find(name); });
    here_.watch_routes(own);
  }
  std::set<std::string> take_changed_routes() override { return here_.take_changed_routes(); }

  Error exec(const machine::ExecRequest& request) override { return here_.exec(request); }

  Result<machine::LogText> read_log(const std::string& node, uint64_t offset) override {
    const auto directory = fleet_.directory();
    const Place* place = directory->find(node);
    if (place == nullptr) return here_.read_log(node, offset);
    auto text = ask(fleet_, *place,
                    [&](machine::Machine& machine) { return machine.read_log(node, offset); });
    if (!text) return at(*place, std::move(text).error());
    return text;
  }

  Result<std::vector<std::optional<uint64_t>>> ping(const std::vector<machine::PingTask>& tasks,
                                                    const machine::PingOptions& options,
                                                    const Options& progress) override {
    using Times = std::vector<std::optional<uint64_t>>;
    const auto directory = fleet_.directory();
    const Parts parts = split(*directory, tasks, [](const auto& task) { return task.node; });
    if (parts.there.empty()) return here_.ping(tasks, options, progress);
    Times times(tasks.size());
    const auto place_all = [&](const std::vector<size_t>& indexes, const Times& some) {
      for (size_t i = 0; i < indexes.size() && i < some.size(); ++i) times[indexes[i]] = some[i];
    };
    if (!parts.here.empty()) {
      ASSIGN_OR_RETURN(const Times some, here_.ping(chosen(tasks, parts.here), options, progress));
      place_all(parts.here, some);
    }
    Options quietly;  // progress is told by one thread only
    quietly.stop = progress.stop;
    const auto answers = on_all(parts.there, [&](const auto& part) {
      return ask(fleet_, part.first, [&](machine::Machine& machine) {
        return machine.ping(chosen(tasks, part.second), options, quietly);
      });
    });
    for (size_t i = 0; i < answers.size(); ++i) {
      if (answers[i]) place_all(parts.there[i].second, *answers[i]);
    }
    return times;
  }

  using Machine::probe;
  /// Programs of all machines watch; the clocks of others are brought to that of the machine where
  /// the echo starts, as well as half of a call's round trip tells.
  Result<machine::ProbeReport> probe(const machine::PingTask& task, int ttl,
                                     std::chrono::milliseconds timeout, uint64_t nonce) override {
    const auto directory = fleet_.directory();
    const Place* start = directory->find(task.node);
    if (start == nullptr) return here_.probe(task, ttl, timeout, nonce);
    if (nonce == 0) nonce = random_nonce();
    std::vector<Place> places;
    for (const auto& [name, place] : directory->machines()) places.push_back(place);
    const auto ahead = on_all(places, [&](const Place& place) -> Result<int64_t> {
      const uint64_t before = now_ns();
      ASSIGN_OR_RETURN(const auto machine, fleet_.member(place.daemon)->machine());
      ASSIGN_OR_RETURN(const uint64_t theirs, machine->watch_probe(nonce));
      return static_cast<int64_t>(theirs - (before + (now_ns() - before) / 2));
    });
    auto report = ask(fleet_, *start, [&](machine::Machine& machine) {
      return machine.probe(task, ttl, timeout, nonce);
    });
    auto steps = on_all(places, [&](const Place& place) {
      return ask(fleet_, place,
                 [&](machine::Machine& machine) { return machine.take_probe_steps(nonce); });
    });
    if (!report) return at(*start, std::move(report).error());
    const auto ahead_of = [&](const std::string& machine) -> int64_t {
      for (size_t i = 0; i < places.size(); ++i) {
        if (places[i].machine == machine && ahead[i]) return *ahead[i];
      }
      return 0;
    };
    // Computers of one boot have one clock.
    const auto boot_of = [&](const Place& place) {
      const auto health = fleet_.health(place.daemon);
      return health && health->report ? health->report->boot : "";
    };
    const std::string boot = boot_of(*start);
    const int64_t at_start = ahead_of(start->machine);
    for (size_t i = 0; i < places.size(); ++i) {
      if (!steps[i] || places[i].machine == start->machine) continue;
      const bool same_clock = !boot.empty() && boot_of(places[i]) == boot;
      for (machine::ProbeStep& step : *steps[i]) {
        if (!same_clock)
          step.time_ns += static_cast<uint64_t>(at_start - ahead_of(places[i].machine));
        report->steps.push_back(std::move(step));
      }
    }
    std::stable_sort(report->steps.begin(), report->steps.end(),
                     [](const auto& x, const auto& y) { return x.time_ns < y.time_ns; });
    return report;
  }
  Result<uint64_t> watch_probe(uint64_t nonce) override { return here_.watch_probe(nonce); }
  Result<std::vector<machine::ProbeStep>> take_probe_steps(uint64_t nonce) override {
    return here_.take_probe_steps(nonce);
  }

  Result<machine::CheckReport> check(const machine::CheckRequest& request,
                                     const Options& options) override {
    const auto directory = fleet_.directory();
    const Parts parts =
        split(*directory, request.want, [](const auto& slice) { return slice.machine; });
    machine::CheckRequest own = request;
    own.want = chosen(request.want, parts.here);
    if (parts.there.empty()) return here_.check(own, options);
    machine::CheckReport all;
    if (!own.want.empty()) {
      ASSIGN_OR_RETURN(all, here_.check(own, options));
    }
    const auto answers = on_all(parts.there, [&](const auto& part) {
      machine::CheckRequest theirs = request;
      theirs.want = chosen(request.want, part.second);
      return ask(fleet_, part.first,
                 [&](machine::Machine& machine) { return machine.check(theirs, {}); });
    });
    for (size_t i = 0; i < answers.size(); ++i) {
      const Place& place = parts.there[i].first;
      if (answers[i]) {
        add(*answers[i], all);
        continue;
      }
      machine::Finding finding;
      finding.owner = place.machine.substr(0, place.machine.find('.'));
      finding.where = place.machine;
      finding.what = fmt::format("the daemon at {}", place.daemon);
      finding.planned = "answers";
      finding.found = answers[i].error().message;
      all.findings.push_back(finding);
    }
    return all;
  }

  Result<machine::CanaryReport> canary(const machine::CanaryRequest& request,
                                       const Options& options) override {
    const auto directory = fleet_.directory();
    const Parts parts =
        split(*directory, request.internets, [](const auto& slice) { return slice.machine; });
    if (parts.there.empty()) return here_.canary(request, options);
    std::vector<Place> places;
    for (const auto& [place, indexes] : parts.there) places.push_back(place);
    ASSIGN_OR_RETURN(machine::CanaryPart * judge, machine::canary_part(here_));
    return judge->canary_by(canary_hands(here_, !parts.here.empty(), fleet_, std::move(places)),
                            request, options);
  }

 private:
  /// Adds up what was compared of an owner on several machines.
  static void add(const machine::CheckReport& one, machine::CheckReport& all) {
    append(all.findings, one.findings);
    for (const machine::Compared& compared : one.compared) {
      const auto same =
          std::find_if(all.compared.begin(), all.compared.end(),
                       [&](const auto& other) { return other.owner == compared.owner; });
      if (same == all.compared.end()) {
        all.compared.push_back(compared);
        continue;
      }
      same->namespaces += compared.namespaces;
      same->devices += compared.devices;
      same->addresses += compared.addresses;
      same->routes += compared.routes;
      same->map_entries += compared.map_entries;
      same->filters += compared.filters;
    }
  }

  std::vector<std::string> of_here(const std::vector<std::string>& machines) const {
    const auto directory = fleet_.directory();
    const Parts parts = split(*directory, machines, [](const auto& name) { return name; });
    return chosen(machines, parts.here);
  }

  machine::Machine& here_;
  Fleet& fleet_;
};

}  // namespace

std::unique_ptr<machine::Machine> make_view(machine::Machine& here, Fleet& fleet) {
  return std::make_unique<View>(here, fleet);
}

}  // namespace vinet::fleet
