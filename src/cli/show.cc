// vinet show: one object in full: what was planned, what the kernel holds, what was counted.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "cli/counters.h"
#include "cli/health.h"
#include "cli/layers.h"
#include "cli/names.h"
#include "cli/plan_text.h"
#include "cli/table.h"
#include "cli/verb.h"
#include "cli/ways_now.h"
#include "lang/lexer.h"
#include "plan/as_base.h"
#include "plan/plan_json.h"
#include "plan/stack.h"
#include "slice/diff.h"
#include "slice/text.h"

namespace vinet::cli {
namespace {

using nlohmann::json;

std::string owner_of(const Object& object) {
  return object.internet != nullptr ? object.internet->name : object.base->name;
}

/// The object alone, as `plan --json` writes it.
json plan_of(const Object& object, const control::State& state) {
  plan::Plan plan;
  plan.bases.push_back(*object.base);
  if (object.internet == nullptr) {
    const json base = json::parse(plan::to_json(plan)).at("bases").at(0);
    switch (object.kind) {
      case Object::Kind::kMachine:
        return base.at("machines").at(object.index);
      case Object::Kind::kBaseLink:
        return base.at("links").at(object.index);
      default:
        return base;
    }
  }
  const std::optional<Layers> layers = layers_of(state, *object.internet);
  for (const plan::InternetPlan* layer : layers->internets) {
    plan.internets.push_back(*layer);
  }
  const json internet = json::parse(plan::to_json(plan)).at("internets").back();
  switch (object.kind) {
    case Object::Kind::kNode:
      return internet.at("nodes").at(object.index);
    case Object::Kind::kLink:
      return internet.at("links").at(object.index);
    default:
      return internet;
  }
}

/// The namespaces whose contents are shown: of a node or a machine.
std::vector<std::string> lines_of_kernel(const Object& object,
                                         const std::vector<slice::Slice>& observed) {
  std::vector<std::string> lines;
  if (object.kind != Object::Kind::kNode && object.kind != Object::Kind::kMachine) {
    return lines;
  }
  const std::string name = name_of(object);
  for (const slice::Slice& slice : observed) {
    for (const slice::Namespace& one : slice.namespaces) {
      if (one.name != name) {
        continue;
      }
      lines.push_back(fmt::format("namespace {} ({})", one.name, one.mark));
      for (const net::InterfaceAddress& address : one.lo_addresses) {
        lines.push_back("  lo " + slice::to_string(address));
      }
      for (const net::Route& route : one.routes) {
        lines.push_back("  " + slice::to_string(route));
      }
    }
    for (const slice::Veth& veth : slice.veths) {
      for (const auto& [where, device] :
           {std::pair(veth.a_namespace, &veth.a), std::pair(veth.b_namespace, &veth.b)}) {
        if (where != name) {
          continue;
        }
        lines.push_back(fmt::format("device {} ({}) {} mtu {} {}", device->name, device->alias,
                                    net::to_string(device->mac), device->mtu_bytes,
                                    device->up ? "up" : "down"));
        for (const net::InterfaceAddress& address : device->addresses) {
          lines.push_back("  " + slice::to_string(address));
        }
      }
    }
  }
  return lines;
}

/// What the kernel holds and counted for an owner; asked once, however many of its objects are
/// shown.
struct Looked {
  Health health;
  std::vector<slice::Slice> observed;
  std::vector<machine::LinkCounters> counters;
};

/// `pushed in lab.X, with those below`; or `pushed in lower.a: not flattened`.
std::string anchor_text(const plan::InternetPlan& internet, const plan::NodePlan& node,
                        const plan::Plan& world) {
  const auto index = static_cast<uint32_t>(&node - internet.nodes.data());
  return fmt::format("pushed in {}, {}", plan::anchor(world, internet, {index}),
                     internet.flattened ? "with those of the layers below"
                                        : "not flattened: " + internet.unflattened_because);
}

/// The headers that the ends of a link put on now, as the kernel holds them, outermost first.
std::vector<std::pair<std::string, std::string>> headers_now(
    const Object& object, const control::State& state, const std::vector<slice::Slice>& observed) {
  std::vector<std::pair<std::string, std::string>> lines;
  const std::optional<Layers> layers = layers_of(state, *object.internet);
  if (!layers) return lines;
  for (const EndNow& end : ends_now(observed, *layers)) {
    if (end.link != object.internet->links[object.index].name) continue;
    std::string what = "headers of " + end.node;
    if (!end.open) lines.emplace_back(std::exchange(what, ""), "none now: no way below");
    for (const HeaderNow& header : end.headers) {
      const std::string addresses = header.inside
                                        ? "none, both ends in " + end.anchor
                                        : fmt::format("{} → {}", net::to_string(header.source),
                                                      net::to_string(header.destination));
      lines.emplace_back(std::exchange(what, ""),
                         fmt::format("{}  {} ({} → {})", addresses, layers->name_of(header.layer),
                                     header.ends.from, header.ends.to));
    }
    if (end.open && end.below) {
      lines.emplace_back(std::exchange(what, ""), "then those of " + *end.below);
    }
  }
  return lines;
}

std::string text_of_plan(const Object& object, const control::State& state, const Looked& looked,
                         bool colour) {
  const plan::Plan world = object.lower != nullptr ? state.running() : plan::Plan{};
  switch (object.kind) {
    case Object::Kind::kBase:
      return text_of(*object.base, colour);
    case Object::Kind::kInternet:
      return text_of(*object.internet,
                     object.lower != nullptr ? plan::as_base(*object.lower, &world) : *object.base,
                     colour);
    default:
      break;
  }
  Table facts({});
  const auto fact = [&](const std::string& what, const std::string& value) {
    if (!value.empty()) {
      facts.row({what, value});
    }
  };
  fact(to_string(object.kind), name_of(object));
  if (object.kind == Object::Kind::kMachine) {
    const plan::MachinePlan& machine = object.base->machines[object.index];
    fact("base address", net::to_string(machine.base_address));
    fact("mtu", fmt::format("{}", machine.mtu_bytes));
  } else if (object.kind == Object::Kind::kBaseLink) {
    const plan::BaseLinkPlan& link = object.base->links[object.index];
    for (const plan::BaseLinkEnd* end : {&link.a, &link.b}) {
      fact("end", fmt::format("{}.{} device {} address {} mac {}", object.base->name,
                              object.base->machines[end->machine.index].name, end->device,
                              net::to_string(end->address), net::to_string(end->mac)));
    }
    fact("mtu", fmt::format("{}", link.mtu_bytes));
    fact("attributes", attributes_of(link));
  } else if (object.kind == Object::Kind::kNode) {
    const plan::NodePlan& node = object.internet->nodes[object.index];
    fact("kind", kind_of(node));
    const std::optional<Layers> layers = layers_of(state, *object.internet);
    if (layers) {
      fact("machine",
           fmt::format("{}", fmt::join(layers->places_of(layers->top(), node.name), ", on ")));
    }
    fact("headers", object.lower == nullptr ? "" : anchor_text(*object.internet, node, world));
    fact("identity", net::to_string(node.identity) +
                         (node.identity6 ? ", " + net::to_string(*node.identity6) : ""));
    fact("block",
         net::to_string(node.block) + (node.block6 ? ", " + net::to_string(*node.block6) : ""));
    fact("run", node.run.empty() ? "" : lang::quoted(node.run));
    for (const plan::Interface& interface : node.interfaces) {
      fact("interface",
           fmt::format("{} link {} address {}{} mac {}", interface.device,
                       object.internet->links[interface.link.index].name,
                       net::to_string(interface.address),
                       interface.address6 ? ", " + net::to_string(*interface.address6) : "",
                       net::to_string(interface.mac)));
    }
  } else {
    const plan::LinkPlan& link = object.internet->links[object.index];
    for (const plan::LinkEndPlan* end : {&link.a, &link.b}) {
      const plan::NodePlan& node = object.internet->nodes[end->node.index];
      fact("end",
           fmt::format("{}.{} interface {} end address {} link address {} {} {} ({})",
                       object.internet->name, node.name, node.interfaces[end->interface].device,
                       net::to_string(node.interfaces[end->interface].address),
                       net::to_string(end->link_address),
                       object.lower == nullptr ? "base address" : "on",
                       net::to_string(end->base_address), place_of(object, node)));
    }
    fact("mtu", fmt::format("{} inside, {} bytes of headers", link.mtu_bytes, link.overhead_bytes));
    if (object.lower != nullptr) {
      fact("flattened",
           object.internet->flattened ? "yes" : "no: " + object.internet->unflattened_because);
    }
    for (const auto& [what, value] : headers_now(object, state, looked.observed)) {
      facts.row({what, value});
    }
    fact("attributes", attributes_of(link));
  }
  return facts.text();
}

std::string text_of_counters(const std::vector<machine::LinkCounters>& all, bool colour) {
  Table table({"LINK", "END", "AT", ">SENT", ">BYTES", ">RECEIVED", ">BYTES", "DROPPED"});
  for (const machine::LinkCounters& counters : all) {
    std::vector<std::string> drops;
    for (const auto& [reason, n] : counters.drops) {
      drops.push_back(fmt::format("{} {}", reason, n));
    }
    table.row({counters.link.empty() ? "(no link)" : counters.owner + "." + counters.link,
               counters.node, counters.machine, fmt::format("{}", counters.tx_packets),
               fmt::format("{}", counters.tx_bytes), fmt::format("{}", counters.rx_packets),
               fmt::format("{}", counters.rx_bytes), fmt::format("{}", fmt::join(drops, ", "))});
  }
  return table.text(2, colour);
}

Result<Looked> look_at(const Object& object, const control::State& state, control::World& world) {
  const std::string owner = owner_of(object);
  Looked looked;
  ASSIGN_OR_RETURN(const auto healths, look_at_health(state, {owner}, world));
  looked.health = healths.at(owner);
  machine::Machine& machine = world.machine();
  ASSIGN_OR_RETURN(looked.observed, machine.observe({owner}));
  std::vector<std::string> owners = {owner};
  if (object.internet == nullptr) {
    for (const std::string& internet : state.all_standing_on(owner)) {
      owners.push_back(internet);
    }
  }
  ASSIGN_OR_RETURN(looked.counters, machine.counters(owners));
  return looked;
}

json json_about(const Object& object, const control::State& state, const std::string& phase,
                const Looked& looked, const std::vector<machine::LinkCounters>& counters) {
  json counted = json::array();
  for (const machine::LinkCounters& one : counters) {
    counted.push_back(json_of(one));
  }
  return {{"kind", to_string(object.kind)},
          {"name", name_of(object)},
          {"state", phase != "up"                  ? phase
                    : looked.health.differing == 0 ? "up"
                                                   : "damaged"},
          {"differing", looked.health.differing},
          {"plan", plan_of(object, state)},
          {"kernel", lines_of_kernel(object, looked.observed)},
          {"counters", counted}};
}

std::string text_about(const Object& object, const control::State& state, const std::string& phase,
                       const Looked& looked, const std::vector<machine::LinkCounters>& counters,
                       bool colour) {
  std::string text = text_of_plan(object, state, looked, colour);
  text += fmt::format("\n{} is {}\n", owner_of(object), condition(phase, looked.health));
  for (const std::string& line : lines_of_kernel(object, looked.observed)) {
    text += fmt::format("  {}\n", line);
  }
  if (const std::string counted = text_of_counters(counters, colour); !counted.empty()) {
    text += "\ncounted, in packets\n" + counted;
  }
  return text;
}

int show(const Context& context, const std::vector<std::string>& words) {
  auto opened = open_world(context, "show", Purpose::kLook);
  if (const int* code = std::get_if<int>(&opened)) {
    return *code;
  }
  const auto world = std::get<std::unique_ptr<control::World>>(std::move(opened));
  std::vector<std::string> damaged;
  const control::State state = current_state(*world, damaged);
  for (const std::string& line : damaged) {
    fmt::print(stderr, "vinet: {}\n", line);
  }
  std::vector<Object> objects;
  for (const std::string& word : words) {
    const auto found = find_objects(state, word);
    if (!found) {
      return fail(found.error());
    }
    objects.insert(objects.end(), found->begin(), found->end());
  }
  std::map<std::string, Looked> looked_at;
  json list = json::array();
  for (const Object& object : objects) {
    const std::string owner = owner_of(object);
    if (looked_at.count(owner) == 0) {
      Result<Looked> looked = look_at(object, state, *world);
      if (!looked) {
        return fail(looked.error());
      }
      looked_at.emplace(owner, *std::move(looked));
    }
    const Looked& looked = looked_at.at(owner);
    std::vector<machine::LinkCounters> counters;
    std::copy_if(looked.counters.begin(), looked.counters.end(), std::back_inserter(counters),
                 [&](const machine::LinkCounters& one) { return about(object, one); });
    const std::string phase = object.internet != nullptr ? control::phase_of_internet(state, owner)
                                                         : control::phase_of_base(state, owner);
    if (context.json) {
      list.push_back(json_about(object, state, phase, looked, counters));
    } else {
      fmt::print("{}{}", &object == &objects.front() ? "" : "\n",
                 text_about(object, state, phase, looked, counters, context.colour));
    }
  }
  if (context.json) {
    const bool one = words.size() == 1 && list.size() == 1 && list.front()["name"] == words.front();
    fmt::print("{}\n", (one ? list.front() : list).dump(2));
  }
  return kExitOk;
}

}  // namespace

Run declare_show(CLI::App& command, Context& context) {
  auto words = std::make_shared<std::vector<std::string>>();
  command
      .add_option("OBJECT", *words,
                  "internets, bases, nodes, links, machines, base links; parts: all in them; or "
                  "patterns for any")
      ->required()
      ->type_name("");
  add_json(command, context);
  command.footer(
      "Shows what was planned, what the kernel holds, and what was counted there, drops by "
      "reason. With --json, an object\nfor one name, a list for a pattern, a part or several "
      "names.\n\n"
      "Examples:\n"
      "  vinet show fig11.A-B\n"
      "  vinet show fig11.A\n"
      "  vinet show lab.Y --json\n"
      "  vinet show 'fig11.*-F'");
  return [&context, words] { return show(context, *words); };
}

}  // namespace vinet::cli
