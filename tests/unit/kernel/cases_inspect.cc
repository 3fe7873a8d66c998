// The long look (inspect.h) on both twins: what the kernel makes by itself, and what hangs on
// hooks.
#include <algorithm>
#include <set>

#include "unit/kernel/twin.h"

namespace vinet::kernel {
namespace {

/// Local addresses, then what else the main table holds to hosts, by protocol and device.
std::string routes_in(Twin& t, const std::string& netns) {
  std::set<std::string> words;
  const auto seen = t.links().inspect(netns);
  if (!seen) return seen.error().message;
  const std::set<std::string> kOfTheCase = {"10.0.0.1/32", "fd00::1/128", "10.0.0.2/32",
                                            "fd00::2/128", "10.9.0.0/16"};
  for (const AnyRoute& route : seen->routes) {
    const std::string to = net::to_string(route.route.destination);
    if (!kOfTheCase.contains(to)) continue;
    if (route.table == kLocalTable) {
      words.insert(route.type + " " + to);
      continue;
    }
    // Newer kernels also have a route of their own to the near end of an IPv6 pair.
    if (route.protocol == kKernelProtocol && to == "fd00::1/128") continue;
    words.insert(route.type + " " + to + " dev " + route.route.device + " protocol " +
                 std::to_string(route.protocol));
  }
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string filters_of(Twin& t, const std::string& machine) {
  const auto filters = t.programs().list_all_filters(machine);
  const auto tags = t.programs().own_tags();
  if (!filters || !tags) return "error";
  std::string text;
  for (const Filter& filter : *filters) {
    text += (filter.device.empty() ? "block" : filter.device) + "/" + filter.kind + "/" +
            filter.name + (filter.egress ? "/egress" : "") +
            (filter.priority == VI_FILTER_PRIO ? "" : "/other priority") +
            (tags->at(filter.name) == filter.tag ? "/own " : "/other ");
  }
  return text;
}

}  // namespace

std::vector<Case> inspect_cases() {
  return {
      {"inspect_routes_of_addresses",
       "local 10.0.0.1/32, local fd00::1/128, unicast 10.0.0.2/32 dev x protocol 2, unicast "
       "10.9.0.0/16 dev x protocol 76, unicast fd00::2/128 dev x protocol 2",
       [](Twin& t) {
         t.joined();
         static_cast<void>(
             t.links().add_route("A", route("10.9.0.0/16 via 10.0.0.2 dev x metric 5")));
         // The routes of IPv6 addresses come a moment later.
         eventually([&] {
           const std::string text = routes_in(t, "A");
           return text.find("local fd00::1") != std::string::npos &&
                  text.find("fd00::2/128 dev x") != std::string::npos;
         });
         t.write(routes_in(t, "A"));
       }},
      {"inspect_rules", "ok 4:0:255 4:32766:254 4:32767:253 6:0:255 6:32766:254",
       [](Twin& t) {
         t.create("A");
         std::string text;
         const Inspection seen = *t.links().inspect("A");
         for (const Rule& rule : seen.rules) {
           text += (text.empty() ? "" : " ") + std::string(rule.ipv6 ? "6:" : "4:") +
                   std::to_string(rule.priority) + ":" + std::to_string(rule.table) +
                   (rule.plain ? "" : "?");
         }
         t.write(text);
       }},
      {"inspect_devices", "ok x ipv6 ok x",
       [](Twin& t) {
         const auto show = [&] {
           const Inspection seen = *t.links().inspect("A");
           for (const DeviceDetails& device : seen.devices) {
             if (device.name != "x") continue;
             t.write(device.name);
             if (device.ipv6) t.write("ipv6");
             if (device.ipv6_forwarding) t.write("forwarding");
             if (device.rp_filter) t.write("rp_filter");
             if (device.xdp) t.write("xdp");
           }
         };
         t.joined().settings("A", {true, false, true, true});
         show();
         t.settings("A", {false, false, true, true});
         show();
       }},
      {"inspect_nothing", "not_found not_found",
       [](Twin& t) {
         const auto seen = t.links().inspect("A");
         const auto filters = t.programs().list_all_filters("A");
         t.write(seen ? "ok" : name_of(seen.error().code));
         t.write(filters ? "ok" : name_of(filters.error().code));
       }},
      {"inspect_filters", "ok block/bpf/vi_backside/own lo/bpf/vi_loop/own ",
       [](Twin& t) {
         t.machine().does(t.programs().attach_base("M", "lo"));
         t.write(filters_of(t, "M"));
       }},
      {"inspect_config_and_shapes", "ok precondition ok 10.0.0.1 7",
       [](Twin& t) {
         t.create("X");
         const auto none = t.programs().read_config("X");
         t.write(none ? "ok" : name_of(none.error().code));
         t.machine().does(t.programs().put_counters("M", 7));
         const auto config = t.programs().read_config("M");
         t.write(config && config->base_addr_be == 0x0100000a ? "10.0.0.1" : "other");
         const std::set<uint32_t> shapes = *t.programs().list_shapes("M");
         for (const uint32_t backside : shapes) t.write(std::to_string(backside));
       }},
  };
}

}  // namespace vinet::kernel
