#include "machine/canary.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "machine/canary_sockets.h"
#include "machine/canary_tasks.h"
#include "machine/counters.h"
#include "machine/icmp.h"
#include "machine/resolve.h"
#include "machine/view.h"

namespace vinet::machine {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr size_t kMostListened = 1'000;
constexpr size_t kDescriptorsEach = 4;  // two sockets, and what the doors keep open of a namespace
constexpr size_t kSpareDescriptors = 256;
constexpr size_t kBurst = 32;  // packets between two looks at what has arrived
constexpr int kRounds = 8;     // of sending again what shall arrive and has not
constexpr size_t kCopiesOfLossy = 8;
constexpr milliseconds kRound{150};
constexpr milliseconds kMostDelay{2'000};
constexpr milliseconds kTick{5};

size_t most_listened() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur <= 2 * kSpareDescriptors) return 16;
  return std::min<size_t>(kMostListened, (limit.rlim_cur - kSpareDescriptors) / kDescriptorsEach);
}

/// A node's sockets, and its interfaces by number and name.
struct OpenNode {
  CanarySockets sockets;
  std::map<std::string, uint32_t> ifindexes;
};

class Run {
 public:
  Run(kernel::Kernel& kernel, const CanaryRequest& request, const Options& options)
      : kernel_(kernel), request_(request), options_(options), stage_(make_stage(request)) {}

  Result<CanaryReport> run() {
    TRY(open_all());
    CanaryTasks made = make_tasks(request_, stage_, listened_);
    tasks_ = std::move(made.tasks);
    std::move(made.sampled.begin(), made.sampled.end(), std::back_inserter(report_.sampled));
    states_.resize(tasks_.size());
    const Counts before = count();
    TRY(send_all());
    TRY(wait_for_all());
    compare_counts(before);
    judge();
    return std::move(report_);
  }

 private:
  struct State {
    bool sent = false, arrived = false, strayed = false;
    std::string refusal;
  };
  using Counts = std::map<std::pair<std::string, vi_reason>, uint64_t>;

  void fault(const std::string& owner, const std::string& where, std::string what,
             std::string planned, std::string found) {
    report_.findings.push_back({Finding::Weight::kFault, owner, where, std::move(what),
                                std::move(planned), std::move(found)});
  }

  /// Nodes of what is asked for first, then of the others, as many as there are descriptors.
  std::vector<size_t> nodes_in_order() const {
    std::vector<size_t> order;
    for (const bool asked : {true, false}) {
      for (size_t i = 0; i < stage_.nodes.size(); ++i) {
        if (stage_.nodes[i].interfaces.empty()) continue;
        const auto& owners = request_.owners;
        const bool is_asked =
            std::find(owners.begin(), owners.end(), stage_.nodes[i].owner) != owners.end();
        if (is_asked == asked) order.push_back(i);
      }
    }
    return order;
  }

  Status open_all() {
    const std::vector<size_t> order = nodes_in_order();
    const size_t most = std::min(order.size(), most_listened());
    report_.nodes = order.size();
    if (most < order.size()) {
      report_.sampled.push_back(fmt::format("at {} of {} nodes", most, order.size()));
    }
    listened_.assign(stage_.nodes.size(), false);
    for (size_t i = 0; i < most; ++i) {
      // Evenly, and so of every internet.
      const size_t index = order[i * order.size() / most];
      if (options_.stop && options_.stop()) return Error{Errc::kCancelled, "canary: interrupted"};
      const Status opened = open_node(index);
      if (opened) continue;
      if (opened.error().code == Errc::kUnimplemented) return opened;
      fault(stage_.nodes[index].owner, stage_.nodes[index].netns, "canary", "can be listened at",
            opened.error().message);
    }
    for (const auto& [machine, address] : stage_.machines) {
      auto sockets = CanarySockets::open(kernel_.namespaces(), machine, false, nonce_);
      if (sockets) {
        machines_.emplace(machine, *std::move(sockets));
      } else if (sockets.error().code == Errc::kUnimplemented) {
        return sockets.error();
      } else {
        fault(request_.owners.front(), machine, "canary", "can be listened at",
              sockets.error().message);
      }
    }
    return ok();
  }

  Status open_node(size_t index) {
    const std::string& netns = stage_.nodes[index].netns;
    ASSIGN_OR_RETURN(CanarySockets sockets,
                     CanarySockets::open(kernel_.namespaces(), netns, true, nonce_));
    ASSIGN_OR_RETURN(const auto devices, kernel_.links().list_devices(netns));
    OpenNode node{std::move(sockets), {}};
    for (const auto& device : devices) node.ifindexes[device.device.name] = device.ifindex;
    nodes_.emplace(index, std::move(node));
    listened_[index] = true;
    ++report_.listened;
    return ok();
  }

  void send(size_t number) {
    const CanaryTask& task = tasks_[number];
    Bytes packet =
        canary_packet(task.source, task.destination, nonce_, static_cast<uint32_t>(number));
    for (auto header = task.headers.rbegin(); header != task.headers.rend(); ++header) {
      packet = within(packet, header->first, header->second);
    }
    const Status sent = send_packet(task, packet);
    if (sent) {
      states_[number].sent = true;
    } else {
      states_[number].refusal = sent.error().message;
    }
  }

  Status send_packet(const CanaryTask& task, const Bytes& packet) const {
    if (!task.from_node) {
      const auto machine = machines_.find(task.from_machine);
      if (machine == machines_.end()) {
        return Error{Errc::kNotFound, "machine " + task.from_machine + " cannot send"};
      }
      const net::Ipv4 to = task.headers.empty() ? std::get<net::Ipv4>(task.destination)
                                                : task.headers.front().second;
      return machine->second.send_to(to, packet);
    }
    const std::string& device =
        stage_.nodes[*task.from_node].interfaces[task.from_interface].device;
    const OpenNode& node = nodes_.at(*task.from_node);
    const auto ifindex = node.ifindexes.find(device);
    if (ifindex == node.ifindexes.end()) {
      return Error{Errc::kNotFound, "there is no interface " + device};
    }
    return node.sockets.send_on(ifindex->second, packet);
  }

  Status send_all() {
    for (size_t i = 0; i < tasks_.size(); ++i) {
      for (size_t copy = 0; copy < copies_of(tasks_[i]); ++copy) send(i);
      if (i % kBurst != 0) continue;
      receive();
      if (options_.progress) options_.progress("canaries", i, tasks_.size());
      if (options_.stop && options_.stop()) return Error{Errc::kCancelled, "canary: interrupted"};
    }
    return ok();
  }

  /// Where packets are lost on purpose, some of many arrive.
  size_t copies_of(const CanaryTask& task) const {
    if (task.kind != CanaryTry::kOwnLink || !task.from_node) return 1;
    const auto& interface = stage_.nodes[*task.from_node].interfaces[task.from_interface];
    return interface.end->loss_ppb == 0 ? 1 : kCopiesOfLossy;
  }

  Status wait_for_all() {
    milliseconds delay{0};
    for (const CanaryNode& node : stage_.nodes) {
      for (const CanaryInterface& interface : node.interfaces) {
        delay = std::max(delay, milliseconds(interface.delay_us / 1000));
      }
    }
    delay = std::min(delay, kMostDelay);
    // Two rounds at least: what must not arrive gets the time to.
    for (int round = 0; round < kRounds; ++round) {
      if (round > 1 && missing().empty()) break;
      if (round > 0) {
        for (const size_t number : missing()) {
          for (size_t copy = 0; copy < copies_of(tasks_[number]); ++copy) send(number);
          receive();
        }
      }
      const auto end = Clock::now() + kRound + delay;
      while (Clock::now() < end) {
        std::this_thread::sleep_for(kTick);
        receive();
        if (options_.stop && options_.stop()) return Error{Errc::kCancelled, "canary: interrupted"};
      }
    }
    return ok();
  }

  std::vector<size_t> missing() const {
    std::vector<size_t> numbers;
    for (size_t i = 0; i < tasks_.size(); ++i) {
      if (shall_arrive(tasks_[i].kind) && !states_[i].arrived) numbers.push_back(i);
    }
    return numbers;
  }

  void receive() {
    for (const auto& [index, node] : nodes_) {
      node.sockets.receive([&](const Arrival& arrival) { take(index, arrival); });
    }
    for (const auto& [machine, sockets] : machines_) {
      sockets.receive([&](const Arrival& arrival) { take(machine, arrival); });
    }
  }

  std::string device_of(size_t node, uint32_t ifindex) const {
    for (const auto& [name, number] : nodes_.at(node).ifindexes) {
      if (number == ifindex) return name;
    }
    return fmt::format("number {}", ifindex);
  }

  /// In a node.
  void take(size_t index, const Arrival& arrival) {
    if (arrival.number >= tasks_.size()) return;
    const CanaryTask& task = tasks_[arrival.number];
    State& state = states_[arrival.number];
    const CanaryNode& node = stage_.nodes[index];
    const std::string device = device_of(index, arrival.ifindex);
    // Links that stand on it have their programs there.
    if (node.backsides.contains(device) || (!node.backsides.empty() && device == "lo")) return;
    if (task.to_node == index && device == node.interfaces[task.to_interface].device) {
      state.arrived = true;
      return;
    }
    // In its own internet a packet may go anywhere.
    if (!shall_arrive(task.kind) && task.from_node &&
        stage_.nodes[*task.from_node].owner == node.owner) {
      return;
    }
    if (!arrival.itself && is_below(node.owner, task)) return;  // which carries it
    tell_stray(task, state, fmt::format("arrived at {} on interface {}", node.netns, device));
  }

  /// Does this internet carry the packets of the one that the task is about?
  bool is_below(const std::string& owner, const CanaryTask& task) const {
    const std::string& sender = task.from_node ? stage_.nodes[*task.from_node].owner : task.owner;
    for (const std::string& one : {sender, task.owner}) {
      const auto below = stage_.below.find(one);
      if (below != stage_.below.end() && below->second.contains(owner)) return true;
    }
    return false;
  }

  /// In a machine's own stack.
  void take(const std::string& machine, const Arrival& arrival) {
    if (arrival.number >= tasks_.size()) return;
    const CanaryTask& task = tasks_[arrival.number];
    if (task.kind == CanaryTry::kOwnMachine && task.from_machine == machine) {
      states_[arrival.number].arrived = true;
      return;
    }
    tell_stray(task, states_[arrival.number], "arrived at the stack of machine " + machine);
  }

  std::string origin_of(const CanaryTask& task) const {
    if (!task.from_node) return task.from_machine;
    return stage_.nodes[*task.from_node].netns;
  }
  std::string text_of(const CanaryTask& task) const {
    if (!task.from_node) return "canary " + task.what;
    return fmt::format("canary out of interface {} {}",
                       stage_.nodes[*task.from_node].interfaces[task.from_interface].device,
                       task.what);
  }
  std::string goal_of(const CanaryTask& task) const {
    if (task.kind == CanaryTry::kOwnMachine) return "arrives there";
    if (!task.to_node) return "reaches nobody else";
    const CanaryNode& node = stage_.nodes[*task.to_node];
    return fmt::format("arrives at {} on interface {}", node.netns,
                       node.interfaces[task.to_interface].device);
  }

  void tell_stray(const CanaryTask& task, State& state, const std::string& found) {
    if (state.strayed) return;
    state.strayed = true;
    fault(task.owner, origin_of(task), text_of(task), goal_of(task), found);
  }

  /// Drops of the machines, by reason.
  Counts count() const {
    Counts counts;
    for (const std::string& machine : stage_.anchors) {
      const auto counted = kernel_.programs().list_counters(machine);
      if (!counted) continue;  // a machine without programs is told by the check
      for (const auto& [backside, counters] : *counted) {
        for (const vi_reason reason : {VI_DROP_UNKNOWN_KEY, VI_DROP_NOT_OURS, VI_DROP_SOURCE}) {
          counts[{machine, reason}] += counters.drops[reason];
        }
      }
    }
    return counts;
  }

  void compare_counts(const Counts& before) {
    Counts planned;
    std::map<std::pair<std::string, vi_reason>, std::string> owners;
    for (size_t i = 0; i < tasks_.size(); ++i) {
      if (tasks_[i].counted_at.empty() || !states_[i].sent) continue;
      const auto key = std::pair(tasks_[i].counted_at, tasks_[i].reason);
      ++planned[key];
      owners.emplace(key, tasks_[i].owner);
    }
    const Counts after = count();
    for (const auto& [key, packets] : planned) {
      const auto value = [&](const Counts& counts) {
        const auto it = counts.find(key);
        return it == counts.end() ? uint64_t{0} : it->second;
      };
      const uint64_t more = value(after) - std::min(value(before), value(after));
      if (more >= packets) continue;
      fault(owners[key], key.first, fmt::format("canary: counter {}", reason_name(key.second)),
            fmt::format("{} more", packets), fmt::format("{} more", more));
    }
  }

  void judge() {
    for (size_t kind = 0; kind < kCanaryTries; ++kind) {
      const auto tried = static_cast<CanaryTry>(kind);
      report_.kinds.push_back({name_of(tried), 0, 0, 0, shall_arrive(tried)});
    }
    for (size_t i = 0; i < tasks_.size(); ++i) {
      const CanaryTask& task = tasks_[i];
      const State& state = states_[i];
      CanaryKind& kind = report_.kinds[static_cast<size_t>(task.kind)];
      ++(state.sent ? kind.sent : kind.refused);
      kind.arrived += (shall_arrive(task.kind) ? state.arrived : state.strayed) ? 1 : 0;
      if (!shall_arrive(task.kind) || state.arrived || state.strayed) continue;
      fault(task.owner, origin_of(task), text_of(task), goal_of(task),
            state.sent ? "" : "not sent: " + state.refusal);
    }
    for (const auto& [index, node] : nodes_) {
      const uint32_t lost = node.sockets.lost();
      if (lost == 0) continue;
      fault(stage_.nodes[index].owner, stage_.nodes[index].netns, "canary: listening socket",
            "sees all packets", fmt::format("had no room for {}", lost));
    }
  }

  kernel::Kernel& kernel_;
  const CanaryRequest& request_;
  const Options& options_;
  const CanaryStage stage_;
  const uint64_t nonce_ = random_nonce();
  std::vector<bool> listened_;
  std::map<size_t, OpenNode> nodes_;
  std::map<std::string, CanarySockets> machines_;
  std::vector<CanaryTask> tasks_;
  std::vector<State> states_;
  CanaryReport report_;
};

}  // namespace

Result<CanaryReport> canary(kernel::Kernel& kernel, const CanaryRequest& request,
                            const Options& options) {
  if (request.owners.empty()) return CanaryReport{};
  // The headers of stacks are what the lower nodes' routing tables say now.
  Sight sight;
  sight.details = false;
  sight.stop = options.stop;
  for (const slice::Slice& slice : request.internets) sight.anchors.insert(slice.machine);
  ASSIGN_OR_RETURN(const View view, look(kernel, sight));
  CanaryRequest resolved = request;
  for (slice::Slice& slice : resolved.internets) {
    TRY_IN("follow the routes under " + slice.owner, resolve(kernel, view, slice));
  }
  return Run(kernel, resolved, options).run();
}

}  // namespace vinet::machine
