// vinet trace: follows one packet.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <nlohmann/json.hpp>

#include "cli/names.h"
#include "cli/terminal.h"
#include "cli/trace_text.h"
#include "cli/verb.h"

namespace vinet::cli {
namespace {

struct Options {
  std::string from, to;
  bool ipv6 = false;
  TraceStyle style;
  int ttl = 64;
  double timeout_s = 2;
};

/// Fills in the addresses; on failure everything has been said and the exit code is returned.
int find_addresses(const control::State& state, const Object& from, bool ipv6, Trace& trace) {
  const plan::NodePlan& source = from.internet->nodes[from.index];
  if (const auto address = net::parse_address(trace.to)) {
    trace.destination = *address;
    if (ipv6 && !net::is_ipv6(*address)) {
      return fail(kExitUsage, fmt::format("-6, but {} is an IPv4 address", trace.to));
    }
    ipv6 = net::is_ipv6(*address);
  } else {
    if (trace.to.find('.') == std::string::npos) {
      trace.to = from.internet->name + "." + trace.to;
    }
    const Result<Object> to = find_node(state, trace.to);
    if (!to) {
      return fail(to.error());
    }
    trace.to = name_of(*to);
    if (to->internet != from.internet) {
      return fail(kExitUsage,
                  fmt::format("{} and {} are in two internets: no packet passes between them",
                              trace.from, trace.to));
    }
    const plan::NodePlan& destination = to->internet->nodes[to->index];
    if (ipv6 && !destination.identity6) {
      return fail(kExitUsage, fmt::format("{} has no IPv6", trace.to));
    }
    trace.destination =
        ipv6 ? net::IpAddress(*destination.identity6) : net::IpAddress(destination.identity);
  }
  if (ipv6 && !source.identity6) {
    return fail(kExitUsage, fmt::format("{} has no IPv6", trace.from));
  }
  trace.source = ipv6 ? net::IpAddress(*source.identity6) : net::IpAddress(source.identity);
  return kExitOk;
}

int trace(const Context& context, const Options& options) {
  auto opened = open_world(context, "trace", Purpose::kLook);
  if (const int* code = std::get_if<int>(&opened)) {
    return *code;
  }
  const auto world = std::get<std::unique_ptr<control::World>>(std::move(opened));
  std::vector<std::string> damaged;
  const control::State state = current_state(*world, damaged);
  const Result<Object> from = find_node(state, options.from);
  if (!from) {
    return fail(from.error());
  }
  Trace result{name_of(*from), options.to, {}, {}, {}};
  const std::optional<Layers> layers = layers_of(state, *from->internet);
  if (!layers) {
    return fail(kExitFailed, fmt::format("what {} stands on cannot be read", from->internet->name));
  }
  if (const int code = find_addresses(state, *from, options.ipv6, result); code != kExitOk) {
    return code;
  }
  auto report = world->machine().probe(
      {result.from, result.source, result.destination}, options.ttl,
      std::chrono::milliseconds(static_cast<int64_t>(options.timeout_s * 1000)));
  if (!report) {
    return fail(report.error());
  }
  result.report = *std::move(report);
  if (context.json) {
    fmt::print("{}\n", json_of(result, *layers).dump(2));
  } else {
    TraceStyle style = options.style;
    style.colour = context.colour;
    fmt::print("{}", text_of(result, *layers, style));
  }
  return end_of(result, *layers).delivered ? kExitOk : kExitFailed;
}

}  // namespace

Run declare_trace(CLI::App& command, Context& context) {
  auto options = std::make_shared<Options>();
  command.add_option("SRC", options->from, "a node, as fig11.A, or a pattern for one")
      ->required()
      ->type_name("");
  command.add_option("DST", options->to, "a node of the same internet, or an address")
      ->required()
      ->type_name("");
  command.add_flag("-6", options->ipv6, "over IPv6");
  command.add_flag("--reply", options->style.reply, "print the reply's way back too");
  command.add_flag("--steps", options->style.steps,
                   "print each push, pop, delivery and drop with all headers, instead of hops");
  command.add_option("--ttl", options->ttl, "time to live of the packet (default: 64)")
      ->type_name("N")
      ->check(CLI::Range(1, 255));
  command
      .add_option("--timeout", options->timeout_s, "how long to wait for the reply (default: 2)")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.01, 600.0));
  add_json(command, context);
  command.footer(
      "Sends one echo and prints what the programs that handled this very packet reported: each "
      "hop, where its ends are,\n"
      "and the header that it adds. Under a hop stands what carries it, layer by layer, down to "
      "the base: for an\n"
      "internet on an internet the links of the lower one, and several of them where a router "
      "there is in transit.\n"
      "Nothing is computed from the plan; it only gives names to addresses, and says on which "
      "lower node a node stands.\n"
      "Exit code 1 if the packet was not delivered.\n\n"
      "Examples:\n"
      "  vinet trace fig11.A fig11.F\n"
      "  vinet trace fig11.A F -6 --reply\n"
      "  vinet trace upper.p s\n"
      "  vinet trace fig11.A 10.0.0.17 --ttl 2");
  return [&context, options] { return trace(context, *options); };
}

}  // namespace vinet::cli
