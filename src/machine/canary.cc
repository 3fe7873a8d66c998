#include "machine/canary.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <map>
#include <numeric>
#include <thread>

#include "machine/canary_packet.h"
#include "machine/canary_tasks.h"
#include "machine/counters.h"
#include "machine/icmp.h"
#include "support/random.h"

namespace vinet::machine {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr size_t kMostListened = 1'000;
constexpr size_t kDescriptorsEach = 4;  // two sockets, and what the doors keep open of a namespace
constexpr size_t kSpareDescriptors = 256;
constexpr size_t kBurst = 256;  // packets that are handed over at once
constexpr int kRounds = 8;      // of sending again what shall arrive and has not
constexpr size_t kCopiesOfLossy = 8;
constexpr milliseconds kRound{150};
constexpr milliseconds kMostDelay{2'000};
constexpr milliseconds kTick{5};

size_t most_listened() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur <= 2 * kSpareDescriptors) return 16;
  return std::min<size_t>(kMostListened, (limit.rlim_cur - kSpareDescriptors) / kDescriptorsEach);
}

class Run {
 public:
  Run(const CanaryHands& hands, const CanaryRequest& request, const Options& options,
      uint64_t nonce, bool over_networks)
      : hands_(hands),
        request_(request),
        options_(options),
        stage_(make_stage(request)),
        nonce_(nonce),
        over_networks_(over_networks) {
    for (size_t i = 0; i < stage_.nodes.size(); ++i) indexes_[stage_.nodes[i].netns] = i;
  }

  Result<CanaryReport> run() {
    TRY(open_all());
    CanaryTasks made = make_tasks(request_, stage_, listened_);
    tasks_ = std::move(made.tasks);
    std::move(made.sampled.begin(), made.sampled.end(), std::back_inserter(report_.sampled));
    states_.resize(tasks_.size());
    TRY(send_all());
    TRY(wait_for_all());
    CanaryWork last;
    last.count = anchors();
    last.end = true;
    ASSIGN_OR_RETURN(const CanaryNews news, hand_over(std::move(last)));
    compare_counts(news);
    judge(news);
    return std::move(report_);
  }

 private:
  struct State {
    bool sent = false, arrived = false, strayed = false;
    std::string refusal;
  };
  using Counts = std::map<std::string, std::map<int, uint64_t>>;

  std::vector<std::string> anchors() const {
    return {stage_.anchors.begin(), stage_.anchors.end()};
  }

  /// What has arrived is taken in at once.
  Result<CanaryNews> hand_over(CanaryWork work) {
    work.nonce = nonce_;
    ASSIGN_OR_RETURN(CanaryNews news, hands_(work));
    for (const CanaryHeard& heard : news.heard) take(heard);
    return news;
  }

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
    CanaryWork work;
    std::vector<size_t> asked;
    for (size_t i = 0; i < most; ++i) {
      asked.push_back(order[i * order.size() / most]);  // evenly, and so of every internet
      work.nodes.push_back(stage_.nodes[asked.back()].netns);
    }
    for (const auto& [machine, address] : stage_.machines) work.machines.push_back(machine);
    work.count = anchors();
    ASSIGN_OR_RETURN(CanaryNews news, hand_over(std::move(work)));
    listened_.assign(stage_.nodes.size(), false);
    for (const size_t index : asked) {
      listened_[index] = !news.deaf.contains(stage_.nodes[index].netns);
      if (listened_[index]) ++report_.listened;
    }
    for (const auto& [netns, why] : news.deaf) {
      const auto node = indexes_.find(netns);
      fault(node == indexes_.end() ? request_.owners.front() : stage_.nodes[node->second].owner,
            netns, "canary", "can be listened at", why);
    }
    before_ = std::move(news.drops);
    return ok();
  }

  void add(size_t number, CanaryWork& work) const {
    const CanaryTask& task = tasks_[number];
    Bytes packet =
        canary_packet(task.source, task.destination, nonce_, static_cast<uint32_t>(number));
    for (auto header = task.headers.rbegin(); header != task.headers.rend(); ++header) {
      packet = within(packet, header->first, header->second);
    }
    CanarySend one;
    one.number = static_cast<uint32_t>(number);
    if (task.from_node) {
      const CanaryNode& node = stage_.nodes[*task.from_node];
      one.netns = node.netns;
      one.device = node.interfaces[task.from_interface].device;
    } else {
      one.netns = task.from_machine;
      one.to = task.headers.empty() ? std::get<net::Ipv4>(task.destination)
                                    : task.headers.front().second;
    }
    one.packet = std::move(packet);
    work.send.insert(work.send.end(), copies_of(task), one);
  }

  Status send(const std::vector<size_t>& numbers) {
    for (size_t from = 0; from < numbers.size(); from += kBurst) {
      CanaryWork work;
      const size_t to = std::min(numbers.size(), from + kBurst);
      for (size_t i = from; i < to; ++i) add(numbers[i], work);
      ASSIGN_OR_RETURN(const CanaryNews news, hand_over(std::move(work)));
      for (size_t i = from; i < to; ++i) {
        const auto refused = news.refused.find(static_cast<uint32_t>(numbers[i]));
        State& state = states_[numbers[i]];
        if (refused == news.refused.end()) {
          state.sent = true;
        } else {
          state.refusal = refused->second;
        }
      }
      if (options_.progress) options_.progress("canaries", to, tasks_.size());
      if (stopped()) return Error{Errc::kCancelled, "canary: interrupted"};
    }
    return ok();
  }
  bool stopped() const { return options_.stop && options_.stop(); }

  Status send_all() {
    std::vector<size_t> numbers(tasks_.size());
    std::iota(numbers.begin(), numbers.end(), size_t{0});
    return send(numbers);
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
      if (round > 0) TRY(send(missing()));
      const auto end = Clock::now() + kRound + delay;
      while (Clock::now() < end) {
        std::this_thread::sleep_for(kTick);
        TRY(hand_over({}));
        if (stopped()) return Error{Errc::kCancelled, "canary: interrupted"};
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

  void take(const CanaryHeard& heard) {
    if (heard.number >= tasks_.size()) return;
    const auto node = indexes_.find(heard.netns);
    if (node != indexes_.end()) {
      take(node->second, heard);
    } else {
      take(heard.netns, heard.number);
    }
  }

  /// In a node.
  void take(size_t index, const CanaryHeard& arrival) {
    const CanaryTask& task = tasks_[arrival.number];
    State& state = states_[arrival.number];
    const CanaryNode& node = stage_.nodes[index];
    const std::string& device = arrival.device;
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
  void take(const std::string& machine, uint32_t number) {
    const CanaryTask& task = tasks_[number];
    if (task.kind == CanaryTry::kOwnMachine && task.from_machine == machine) {
      states_[number].arrived = true;
      return;
    }
    tell_stray(task, states_[number], "arrived at the stack of machine " + machine);
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

  bool is_counted(const CanaryTask& task) const {
    if (task.counted_at.empty()) return false;
    if (!over_networks_ || task.from_node || task.headers.empty()) return true;
    const auto machine = stage_.machines.find(task.from_machine);
    return machine != stage_.machines.end() && machine->second == task.headers.front().first;
  }

  void compare_counts(const CanaryNews& news) {
    std::map<std::pair<std::string, vi_reason>, uint64_t> planned;
    std::map<std::pair<std::string, vi_reason>, std::string> owners;
    for (size_t i = 0; i < tasks_.size(); ++i) {
      if (!is_counted(tasks_[i]) || !states_[i].sent) continue;
      const auto key = std::pair(tasks_[i].counted_at, tasks_[i].reason);
      ++planned[key];
      owners.emplace(key, tasks_[i].owner);
    }
    for (const auto& [key, packets] : planned) {
      const auto value = [&](const Counts& counts) {
        const auto machine = counts.find(key.first);
        if (machine == counts.end()) return uint64_t{0};
        const auto it = machine->second.find(key.second);
        return it == machine->second.end() ? uint64_t{0} : it->second;
      };
      const uint64_t more = value(news.drops) - std::min(value(before_), value(news.drops));
      if (more >= (over_networks_ ? 1 : packets)) continue;
      fault(owners[key], key.first, fmt::format("canary: counter {}", reason_name(key.second)),
            fmt::format("{} more", packets), fmt::format("{} more", more));
    }
  }

  void judge(const CanaryNews& news) {
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
    for (const auto& [netns, lost] : news.overrun) {
      const auto node = indexes_.find(netns);
      if (node == indexes_.end()) continue;
      fault(stage_.nodes[node->second].owner, netns, "canary: listening socket", "sees all packets",
            fmt::format("had no room for {}", lost));
    }
  }

  const CanaryHands& hands_;
  const CanaryRequest& request_;
  const Options& options_;
  const CanaryStage stage_;
  const uint64_t nonce_;
  const bool over_networks_;
  std::map<std::string, size_t> indexes_;  // of nodes, by namespace
  std::vector<bool> listened_;
  Counts before_;
  std::vector<CanaryTask> tasks_;
  std::vector<State> states_;
  CanaryReport report_;
};

}  // namespace

Result<CanaryReport> canary(const CanaryHands& hands, const CanaryRequest& request,
                            const Options& options, bool over_networks) {
  if (request.owners.empty()) return CanaryReport{};
  const uint64_t nonce = random_nonce();
  CanaryWork first;
  first.nonce = nonce;
  first.resolve = request.internets;
  CanaryRequest resolved = request;
  ASSIGN_OR_RETURN(CanaryNews news, hands(first));
  resolved.internets = std::move(news.resolved);
  Result<CanaryReport> report = Run(hands, resolved, options, nonce, over_networks).run();
  if (report) return report;
  CanaryWork over;
  over.nonce = nonce;
  over.end = true;
  (void)hands(over);
  return report;
}

}  // namespace vinet::machine
