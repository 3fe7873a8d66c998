// How long planning takes, and how much memory: a table, one line an internet. No kernel is
// touched.
//
//   bench_plan                 trees, rings and random graphs of 1,000 to 200,000 nodes
//   bench_plan tree 17         one line: tree DEPTH, ring NODES, random NODES (and twice as many
//   links)
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

#include "graph/graph.h"
#include "plan/make_plan.h"
#include "plan/plan_json.h"
#include "slice/lower.h"

namespace {

using namespace vinet;

void add_node(graph::Internet& internet, graph::NodeKind kind) {
  graph::Node node;
  node.name = "n" + std::to_string(internet.nodes.size());
  node.kind = kind;
  node.transit = kind == graph::NodeKind::kRouter;
  internet.nodes.push_back(std::move(node));
}

void join(graph::Internet& internet, size_t a, size_t b) {
  graph::Link link;
  link.name = "l" + std::to_string(internet.links.size());
  link.a.node.index = static_cast<uint32_t>(a);
  link.b.node.index = static_cast<uint32_t>(b);
  internet.links.push_back(std::move(link));
}

/// A binary tree of routers, a host at each leaf: 2^(depth + 1) - 1 routers, 2^depth hosts.
void make_tree(graph::Internet& internet, size_t depth) {
  const size_t routers = (size_t{2} << depth) - 1;
  for (size_t i = 0; i < routers; ++i) add_node(internet, graph::NodeKind::kRouter);
  for (size_t i = 1; i < routers; ++i) join(internet, (i - 1) / 2, i);
  for (size_t i = routers / 2; i < routers; ++i) {
    add_node(internet, graph::NodeKind::kHost);
    join(internet, i, internet.nodes.size() - 1);
  }
}

void make_ring(graph::Internet& internet, size_t count) {
  for (size_t i = 0; i < count; ++i) add_node(internet, graph::NodeKind::kRouter);
  for (size_t i = 0; i < count; ++i) join(internet, i, (i + 1) % count);
}

void make_random(graph::Internet& internet, size_t count) {
  std::mt19937 random(1);
  for (size_t i = 0; i < count; ++i) add_node(internet, graph::NodeKind::kRouter);
  for (size_t i = 1; i < count; ++i) join(internet, random() % i, i);
  while (internet.links.size() < 2 * count) {
    const size_t a = random() % count, b = random() % count;
    if (a != b) join(internet, a, b);
  }
}

graph::Graph make_graph(const std::string& shape, size_t size) {
  graph::Graph graph;
  graph::Base& base = graph.bases.emplace_back();
  base.name = "lab";
  for (uint32_t i = 0; i < 3; ++i) base.machines.emplace_back().name = "m" + std::to_string(i);
  for (uint32_t i = 0; i < 3; ++i) {
    graph::BaseLink& link = base.links.emplace_back();
    link.name = "b" + std::to_string(i);
    link.a.index = i;
    link.b.index = (i + 1) % 3;
  }
  graph::Internet& internet = graph.internets.emplace_back();
  internet.name = "net";
  internet.on = "lab";
  internet.pool = net::IpPrefix{net::Ipv4{0x0a100000}, 12};
  if (shape == "tree") make_tree(internet, size);
  if (shape == "ring") make_ring(internet, size);
  if (shape == "random") make_random(internet, size);
  return graph;
}

class Stopwatch {
 public:
  double lap() {
    const auto now = std::chrono::steady_clock::now();
    const std::chrono::duration<double> passed = now - last_;
    last_ = now;
    return passed.count();
  }

 private:
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

double megabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

int run(const std::string& shape, size_t size) {
  const graph::Graph graph = make_graph(shape, size);
  if (graph.internets[0].nodes.empty()) {
    std::fprintf(stderr, "bench_plan: no shape '%s'\n", shape.c_str());
    return 2;
  }
  Diagnostics diagnostics;
  Stopwatch watch;
  const auto plan = plan::make_plan(graph, {}, {}, diagnostics);
  const double planned = watch.lap(), planned_megabytes = megabytes();
  if (!plan) {
    std::fprintf(stderr, "bench_plan: %s\n", diagnostics.all().front().message.c_str());
    return 1;
  }
  const plan::InternetPlan& internet = plan->internets[0];
  size_t routes = 0, most = 0;
  for (const plan::NodePlan& node : internet.nodes) {
    routes += node.routes.size();
    most = std::max(most, node.routes.size());
  }
  watch.lap();
  const auto slices = slice::lower(internet, plan->bases[0]);
  const double lowered = watch.lap();
  const size_t bytes = plan::to_json(*plan, -1).size();
  const double written = watch.lap();
  std::printf("%-8s %8zu %8zu %8zu %8.1f %9.2f %6.0f %9.2f %9.2f %7.0f %6.0f\n", shape.c_str(),
              internet.nodes.size(), internet.links.size(), most,
              static_cast<double>(routes) / static_cast<double>(internet.nodes.size()), planned,
              planned_megabytes, lowered, written, static_cast<double>(bytes) / 1e6, megabytes());
  return 0;
}

/// In a process of its own, so that its peak of memory is its own.
int run_apart(const char* shape, size_t size) {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    const int code = run(shape, size);
    std::fflush(stdout);
    _exit(code);
  }
  int status = 1;
  waitpid(child, &status, 0);
  return status;
}

}  // namespace

int main(int count, char** words) {
  std::printf("%-8s %8s %8s %8s %8s %9s %6s %9s %9s %7s %6s\n", "shape", "nodes", "links",
              "routes<=", "mean", "plan s", "MB", "lower s", "json s", "json MB", "MB");
  if (count == 3) return run(words[1], std::strtoul(words[2], nullptr, 10));
  struct Row {
    const char* shape;
    size_t size;
  };
  int failed = 0;
  for (const Row& row : {Row{"tree", 8}, Row{"tree", 11}, Row{"tree", 14}, Row{"tree", 16},
                         Row{"ring", 10}, Row{"ring", 100}, Row{"ring", 1000}, Row{"ring", 3000},
                         Row{"random", 1000}, Row{"random", 2000}}) {
    failed |= run_apart(row.shape, row.size);
  }
  return failed == 0 ? 0 : 1;
}
