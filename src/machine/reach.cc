// Diffs -> addresses and routes, all of a namespace in one call.
#include "machine/reach.h"

#include <cerrno>
#include <chrono>
#include <map>
#include <set>
#include <tuple>

#include "machine/wait.h"
#include "slice/text.h"

namespace vinet::machine {

using slice::Diff;

namespace {

// A route to a peer that the kernel failed to make is asked for again and again, so long.
constexpr std::chrono::milliseconds kPeerDeadline{5000};

bool is_unreachable(const Status& answer) {
  return !answer &&
         (answer.error().sys_errno == ENETUNREACH || answer.error().sys_errno == EHOSTUNREACH);
}

}  // namespace

/// Calls `act` once for each namespace, with its changes in their order.
template <typename Change, typename Act>
void Reach::for_each_namespace(const std::vector<Change>& changes, Act act) {
  std::map<std::string, std::vector<const Change*>> by_namespace;
  for (const Change& change : changes) by_namespace[change.netns].push_back(&change);
  for (const auto& [netns, some] : by_namespace) {
    if (steps_.stopped("change namespace " + netns)) return;
    act(netns, some);
  }
}

void Reach::change_addresses() {
  using What = kernel::AddressChange::What;
  for (const Diff& diff : diffs_) {
    const auto change = [&](What what, const std::vector<slice::AddressChange>& all) {
      for_each_namespace(all, [&](const std::string& netns, const auto& some) {
        std::vector<kernel::AddressChange> asked;
        for (const auto* one : some) asked.push_back({what, one->device, one->address});
        std::vector<Status> answers = links_.change_addresses(netns, asked);
        for (size_t i = 0; i < asked.size(); ++i) {
          const bool add = what == What::kAdd;
          steps_.run(add ? Effect::kCreated : Effect::kDeleted,
                     (add ? "add address " : "delete address ") + netns + " " +
                         slice::to_string(asked[i].address),
                     [&]() -> Status {
                       return add ? std::move(answers[i]) : gone_is_fine(std::move(answers[i]));
                     });
        }
      });
    };
    change(What::kDelete, diff.addresses_deleted);
    change(What::kAdd, diff.addresses_added);
  }
}

/// Takes the addresses whose peers are these next hops, and gives them again. False: there are
/// none.
Result<bool> Reach::renew_peers(const std::string& netns, const std::vector<net::NextHop>& hops) {
  bool any = false;
  for (const auto& [via, device] : hops) {
    ASSIGN_OR_RETURN(const kernel::ObservedDevice observed, links_.find_device(netns, device));
    for (const net::InterfaceAddress& address : observed.device.addresses) {
      if (address.peer != via) continue;
      TRY(links_.delete_address(netns, device, address));
      TRY(links_.add_address(netns, device, address));
      any = true;
      break;
    }
  }
  return any;
}

/// No next hop can be reached without the kernel's own route to it, the peer of an address. Who
/// flushes a node's table takes that away; and the kernel itself may fail to make it where
/// thousands of namespaces are made at once. It comes with the address.
Status Reach::put_again(const std::string& netns, const kernel::RouteChange& change,
                        Status answer) {
  const net::Route& route = change.route;
  if (!is_unreachable(answer) || !route.via) return answer;
  if (change.what == kernel::RouteChange::What::kDelete) return answer;
  std::vector<net::NextHop> hops{{*route.via, route.device}};
  hops.insert(hops.end(), route.others.begin(), route.others.end());
  const auto is_done = [&]() -> Result<bool> {
    ASSIGN_OR_RETURN(const bool any, renew_peers(netns, hops));
    if (!any) return true;
    answer = std::move(links_.change_routes(netns, {change}).front());
    return !is_unreachable(answer);
  };
  if (auto waited = wait_until(kPeerDeadline, is_done); !waited) return std::move(waited).error();
  return answer;
}

void Reach::ask_for_routes(const std::string& netns,
                           const std::vector<kernel::RouteChange>& asked) {
  using What = kernel::RouteChange::What;
  std::vector<Status> answers = links_.change_routes(netns, asked);
  for (size_t i = 0; i < asked.size(); ++i) {
    const auto& [what, route] = asked[i];
    const char* verb = what == What::kAdd       ? "add route "
                       : what == What::kReplace ? "replace route "
                                                : "delete route ";
    const Effect effect = what == What::kAdd       ? Effect::kCreated
                          : what == What::kReplace ? Effect::kChanged
                                                   : Effect::kDeleted;
    steps_.run(effect, verb + netns + " " + slice::to_string(route), [&]() -> Status {
      if (asked[i].what == What::kDelete) return gone_is_fine(std::move(answers[i]));
      return put_again(netns, asked[i], std::move(answers[i]));
    });
  }
}

/// What only changes its way is exchanged in one step, what is new comes before what is old goes:
/// no packet is without a route that it had before and has after.
void Reach::change_routes() {
  using What = kernel::RouteChange::What;
  const auto key = [](const slice::RouteChange& change) {
    return std::tie(change.netns, change.route.destination, change.route.metric);
  };
  for (const Diff& diff : diffs_) {
    std::set<decltype(key(diff.routes_deleted.front()))> old, now;
    for (const auto& change : diff.routes_deleted) old.insert(key(change));
    for (const auto& change : diff.routes_added) now.insert(key(change));
    for_each_namespace(diff.routes_added, [&](const std::string& netns, const auto& some) {
      std::vector<kernel::RouteChange> asked;
      for (const auto* one : some) {
        asked.push_back({old.contains(key(*one)) ? What::kReplace : What::kAdd, one->route});
      }
      ask_for_routes(netns, asked);
    });
    for_each_namespace(diff.routes_deleted, [&](const std::string& netns, const auto& some) {
      std::vector<kernel::RouteChange> asked;
      for (const auto* one : some) {
        if (!now.contains(key(*one))) asked.push_back({What::kDelete, one->route});
      }
      ask_for_routes(netns, asked);
    });
  }
}

}  // namespace vinet::machine
