// hold: tells a daemon, as a controller would, what it holds as a machine of a fleet. The machine
// is a whole lab here: what a description describes is held by the one daemon.
//
//   hold SOCKET report                                           what it holds, a line each
//   hold SOCKET STORE:INSTANCE:TERM:GENERATION:OPERATION VERB ...
//     put FILE [LEASE_S] | prepare FILE | commit | abort | remove OWNER... | renew OWNER [LEASE_S]
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

#include "control/description.h"
#include "control/intend.h"
#include "graph/expand.h"
#include "lang/parser.h"
#include "rpc/client.h"
#include "rpc/socket.h"
#include "slice/lower.h"

namespace vinet {
namespace {

int fail(const Error& error) {
  std::cerr << error.message << "\n";
  return 1;
}

template <typename T>
int end(const Result<T>& done) {
  return done ? 0 : fail(done.error());
}

Result<fleet::Order> order_of(const std::string& text) {
  std::istringstream words(text);
  fleet::Order order;
  std::string term, generation;
  std::getline(words, order.store, ':');
  std::getline(words, order.instance, ':');
  std::getline(words, term, ':');
  std::getline(words, generation, ':');
  std::getline(words, order.operation, ':');
  if (!words) return Error{Errc::kInvalidArgument, text + ": no order", 0};
  order.term = std::strtoull(term.c_str(), nullptr, 10);
  order.generation = std::strtoull(generation.c_str(), nullptr, 10);
  return order;
}

/// All that the file describes, as one machine's holdings.
Result<std::vector<fleet::Holding>> holdings_of(const std::string& path,
                                                std::optional<uint64_t> lease_s) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  const Source source{path, text.str()};
  Diagnostics diagnostics;
  const auto parsed = lang::parse(source, diagnostics);
  const auto options = control::expand_options({}, {}, {});
  const auto graph =
      parsed && options ? graph::expand(*parsed, *options, diagnostics) : std::nullopt;
  if (!graph) return Error{Errc::kInvalidArgument, render(source, diagnostics), 0};
  auto intention = control::intend(*graph, {}, {}, diagnostics);
  if (!intention) return std::move(intention).error();
  const plan::Plan world = intention->plan();
  std::vector<fleet::Holding> holdings;
  for (const control::IntendedBase& base : intention->bases) {
    fleet::Holding& holding = holdings.emplace_back();
    holding.owner = base.intent.plan.name;
    holding.slices = slice::lower(base.intent.plan);
    holding.namespaces = base.intent.namespaces;
  }
  for (const control::IntendedInternet& internet : intention->internets) {
    const plan::InternetPlan& plan = internet.intent.plan;
    fleet::Holding& holding = holdings.emplace_back();
    holding.owner = plan.name;
    holding.internet = true;
    holding.slices = slice::lower(plan, world);
    holding.namespaces = internet.intent.namespaces;
    holding.hosts_text = slice::hosts_text(plan);
    holding.lease_s = lease_s;
    for (const plan::NodePlan& node : plan.nodes) {
      if (!node.run.empty()) holding.runs[plan.name + "." + node.name] = node.run;
    }
  }
  return holdings;
}

int report(fleet::Member& member) {
  const auto said = member.report();
  if (!said) return fail(said.error());
  for (const fleet::Held& held : said->held) {
    std::cout << fmt::format("held {} {} {} {}\n", held.owner, held.store, held.generation,
                             held.trouble);
  }
  for (const std::string& operation : said->reservations)
    std::cout << "reserved " << operation << "\n";
  for (const fleet::RunReport& run : said->runs) {
    std::cout << fmt::format("run {} {} {}\n", run.node, run.state, run.pid);
  }
  for (const auto& [name, value] : said->facts.attributes) {
    std::cout << fmt::format("attribute {}={}\n", name, value);
  }
  std::cout << fmt::format("refused {}\ntrouble {}\n", said->refused_old, said->trouble);
  return 0;
}

int act(const std::vector<std::string>& words) {
  auto connected = rpc::connect(words.at(0));
  if (!connected) return fail(connected.error());
  const auto client = rpc::Client::over(*std::move(connected));
  fleet::Member& member = client->member();
  if (words.at(1) == "report") return report(member);
  const auto order = order_of(words.at(1));
  if (!order) return fail(order.error());
  const std::string verb = words.at(2);
  std::optional<uint64_t> lease_s;
  if (words.size() > 4) lease_s = std::strtoull(words[4].c_str(), nullptr, 10);
  if (verb == "commit") return end(member.commit(*order, {}));
  if (verb == "abort") return end(member.abort(*order));
  if (verb == "remove") return end(member.remove(*order, {words.begin() + 3, words.end()}, {}));
  if (verb == "renew") return end(member.renew(*order, words.at(3), lease_s));
  const auto holdings = holdings_of(words.at(3), lease_s);
  if (!holdings) return fail(holdings.error());
  if (verb == "put") return end(member.put(*order, *holdings, {}));
  if (verb == "prepare") {
    return end(member.prepare(*order, *holdings, {}, std::chrono::seconds(30)));
  }
  return fail({Errc::kInvalidArgument, "hold: no such verb: " + verb, 0});
}

}  // namespace
}  // namespace vinet

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  return vinet::act({argv + 1, argv + argc});
}
