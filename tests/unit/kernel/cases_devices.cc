// Door 2 on both twins: devices and their queues.
#include "unit/kernel/twin.h"

namespace vinet::kernel {
namespace {

/// End y made with a changed value: refused, and nothing made, or not.
Case veth_case(const std::string& name, const std::string& code,
               const std::function<void(net::Device&)>& change) {
  const std::string devices = code == "ok" ? "2" : "1";
  return {"veth_" + name, "ok ok " + code + " " + devices + " " + devices, [change](Twin& t) {
            t.create("A").create("B").veth("A", device("x"), "B", device("y", change));
            for (const char* netns : {"A", "B"}) {
              t.write(std::to_string(t.links().list_devices(netns)->size()));
            }
          }};
}

Case configure_case(const std::string& name, const std::string& expected,
                    const std::function<void(net::Device&)>& change) {
  return {"configure_" + name, expected,
          [change](Twin& t) { t.joined().configure("A", device("x", change)).show("A", "x"); }};
}

constexpr const char* kPlain = "[x veth vinet:test:x mtu 1500 up gso 65536]";

std::string shaped(const std::string& code, const std::string& how) {
  return code + " [x veth vinet:test:x mtu 1500 up gso 65536" + how + "]";
}

}  // namespace

std::vector<Case> device_cases() {
  std::vector<Case> cases = {
      {"veth_create", "ok ok ok [lo+ x-] [lo+ y-]",
       [](Twin& t) {
         t.create("A").create("B").veth("A", device("x"), "B", device("y"));
         t.show_devices("A").show_devices("B");
       }},
      {"veth_is_down_and_marked", "ok ok vinet:test:y 1300 down noarp mac",
       [](Twin& t) {
         t.create("A").veth("A", device("x"), "A",
                            device("y", [](net::Device& y) { y.mtu_bytes = 1300; }));
         const auto y = t.links().find_device("A", "y");
         t.write(y->device.alias).write(std::to_string(y->device.mtu_bytes));
         t.write(y->device.up ? "up" : "down").write(y->device.arp ? "arp" : "noarp");
         t.write(y->device.mac == net::mac_from("y") ? "mac" : "another");
       }},
      {"veth_within_one_namespace", "ok ok [lo+ y- x-]",
       [](Twin& t) { t.create("A").veth("A", device("x"), "A", device("y")).show_devices("A"); }},
      {"veth_both_ends_same_name", "ok exists [lo+]",
       [](Twin& t) { t.create("A").veth("A", device("x"), "A", device("x")).show_devices("A"); }},
      {"veth_same_name_in_two_namespaces", "ok ok ok [lo+ x-] [lo+ x-]",
       [](Twin& t) {
         t.create("A").create("B").veth("A", device("x"), "B", device("x"));
         t.show_devices("A").show_devices("B");
       }},
      {"veth_name_taken_here", "exists [lo+ x+] [lo+ y+]",
       [](Twin& t) {
         t.joined().veth("A", device("x"), "B", device("z")).show_devices("A").show_devices("B");
       }},
      {"veth_name_taken_there", "exists [lo+ x+] [lo+ y+]",
       [](Twin& t) {
         t.joined().veth("A", device("z"), "B", device("y")).show_devices("A").show_devices("B");
       }},
      {"veth_named_lo", "ok exists",
       [](Twin& t) { t.create("A").veth("A", device("lo"), "A", device("y")); }},
      {"veth_namespace_missing", "ok not_found not_found [lo+]",
       [](Twin& t) {
         t.create("A").veth("A", device("x"), "B", device("y"));
         t.veth("B", device("x"), "A", device("y")).show_devices("A");
       }},
      veth_case("longest_name", "ok", [](net::Device& y) { y.name = "fifteen-bytes-x"; }),
      veth_case("name_too_long", "invalid", [](net::Device& y) { y.name = "sixteen-bytes-xy"; }),
      veth_case("name_empty", "invalid", [](net::Device& y) { y.name = ""; }),
      veth_case("name_slash", "invalid", [](net::Device& y) { y.name = "a/b"; }),
      veth_case("name_space", "invalid", [](net::Device& y) { y.name = "a b"; }),
      veth_case("name_colon", "invalid", [](net::Device& y) { y.name = "a:b"; }),
      veth_case("name_pattern", "invalid", [](net::Device& y) { y.name = "y%d"; }),
      veth_case("smallest_mtu", "ok", [](net::Device& y) { y.mtu_bytes = 68; }),
      veth_case("mtu_too_small", "invalid", [](net::Device& y) { y.mtu_bytes = 67; }),
      veth_case("largest_mtu", "ok", [](net::Device& y) { y.mtu_bytes = 65535; }),
      veth_case("mtu_too_large", "invalid", [](net::Device& y) { y.mtu_bytes = 65536; }),
      veth_case("mac_multicast", "invalid", [](net::Device& y) { y.mac.bytes[0] = 0x03; }),
      veth_case("mac_zero", "invalid", [](net::Device& y) { y.mac = {}; }),
      veth_case("alias_too_long", "invalid",
                [](net::Device& y) { y.alias = std::string(256, 'a'); }),
      veth_case("alias_longest", "ok", [](net::Device& y) { y.alias = std::string(255, 'a'); }),

      configure_case("again_changes_nothing", std::string("ok ") + kPlain, [](net::Device&) {}),
      configure_case("all_values", "ok [x veth m mtu 1480 up arp forwarding linkdown gso 64000]",
                     [](net::Device& x) {
                       x.alias = "m";
                       x.mtu_bytes = 1480;
                       x.arp = x.forwarding = x.ignore_linkdown = true;
                       x.gso_max_bytes = 64000;
                     }),
      configure_case("mtu_too_small", std::string("invalid ") + kPlain,
                     [](net::Device& x) { x.mtu_bytes = 60; }),
      configure_case("gso_too_large", std::string("invalid ") + kPlain,
                     [](net::Device& x) { x.gso_max_bytes = 600000; }),
      configure_case("down", "ok [x veth vinet:test:x mtu 1500 down gso 65536]",
                     [](net::Device& x) { x.up = false; }),
      configure_case("mac", std::string("ok ") + kPlain,
                     [](net::Device& x) { x.mac = net::mac_from("another"); }),
      {"configure_missing", "not_found",
       [](Twin& t) { t.joined().configure("A", device("nope")); }},
      {"configure_lo", "ok ok [lo loopback mark mtu 65536 up arp forwarding gso 65536]",
       [](Twin& t) {
         t.create("A").configure("A", device("lo", [](net::Device& lo) {
                                   lo.alias = "mark";
                                   lo.forwarding = true;
                                 }));
         t.show("A", "lo");
       }},
      {"carrier_needs_both_ends", "ok [lo+ x-] [lo+ y-] ok [lo+ x+] [lo+ y+]",
       [](Twin& t) {
         t.joined().configure("B", device("y", [](net::Device& y) { y.up = false; }));
         t.show_devices("A").show_devices("B");
         t.configure("B", device("y"));
         eventually([&] { return t.links().find_device("A", "x")->carrier; });
         t.show_devices("A").show_devices("B");
       }},
      {"what_was_configured_is_read_back", "ok equal equal",
       [](Twin& t) {
         net::Device want = device("x", [](net::Device& x) {
           x.mtu_bytes = 1460;
           x.forwarding = x.ignore_linkdown = true;
           x.gso_max_bytes = 65396;
         });
         t.joined().configure("A", want);
         want.addresses = {address("10.0.0.1 peer 10.0.0.2/32"),
                           address("fd00::1 peer fd00::2/128")};
         const auto one = t.links().find_device("A", "x");
         t.write(one && one->device == want ? "equal" : "different");
         const auto all = t.links().list_devices("A");
         t.write(all && all->at(1) == *one ? "equal" : "different");
       }},
      {"delete_veth_takes_both_ends", "ok [lo+] [lo+]",
       [](Twin& t) { t.joined().delete_device("A", "x").show_devices("A").show_devices("B"); }},
      {"delete_missing", "not_found", [](Twin& t) { t.joined().delete_device("A", "y"); }},
      {"delete_lo", "unimplemented", [](Twin& t) { t.joined().delete_device("A", "lo"); }},
      {"delete_many", "ok ok ok [lo+ d-] [lo+ c-]",
       [](Twin& t) {
         t.joined()
             .veth("A", device("a"), "B", device("b"))
             .veth("A", device("d"), "B", device("c"));
         t.delete_devices("A", {"x", "a", "gone"}).show_devices("A").show_devices("B");
       }},
      {"delete_many_without_any", "ok [lo+ x+]",
       [](Twin& t) { t.joined().delete_devices("A", {"gone"}).show_devices("A"); }},
      {"delete_many_with_lo", "unimplemented",
       [](Twin& t) {
         t.joined().delete_devices("A", {"x", "lo"});
       }},
      {"delete_many_nowhere", "not_found", [](Twin& t) { t.joined().delete_devices("C", {"x"}); }},
      {"delete_twice", "ok not_found",
       [](Twin& t) { t.joined().delete_device("A", "x").delete_device("B", "y"); }},
      {"removing_a_namespace_takes_its_peers", "ok [lo+]",
       [](Twin& t) {
         t.joined().remove("A");
         eventually([&] { return t.links().list_devices("B")->size() == 1; });
         t.show_devices("B");
       }},

      {"shape_rate", shaped("ok", " rate 100000000"),
       [](Twin& t) {
         t.joined().shape("A", "x", {100'000'000, 0}).show("A", "x");
       }},
      {"shape_slow", shaped("ok", " rate 8000"),
       [](Twin& t) {
         t.joined().shape("A", "x", {8'000, 0}).show("A", "x");
       }},
      {"shape_fast", shaped("ok", " rate 400000000000"),
       [](Twin& t) {
         t.joined().shape("A", "x", {400'000'000'000, 0}).show("A", "x");
       }},
      {"shape_rounds_up_to_bytes", shaped("ok", " rate 1000008"),
       [](Twin& t) {
         t.joined().shape("A", "x", {1'000'001, 0}).show("A", "x");
       }},
      {"shape_changed", shaped("ok ok", " rate 2000000"),
       [](Twin& t) {
         t.joined().shape("A", "x", {1'000'000, 0}).shape("A", "x", {2'000'000, 0}).show("A", "x");
       }},
      {"shape_removed", shaped("ok ok ok", ""),
       [](Twin& t) {
         t.joined().shape("A", "x", {1'000'000, 0}).shape("A", "x", {}).shape("A", "x", {});
         t.show("A", "x");
       }},
      {"shape_missing_device", "not_found",
       [](Twin& t) {
         t.joined().shape("A", "nope", {1'000'000, 0});
       }},
      {"shape_delay_where_the_kernel_can", "ok as_it_can",
       [](Twin& t) {
         // A refusal leaves the rate that was there.
         t.joined().shape("A", "x", {1'000'000, 0});
         const bool can = *t.links().has_qdisc("netem");
         const Status shaped_so = t.links().set_shaping("A", "x", {2'000'000, 5'000});
         const net::Shaping shaping = t.links().find_device("A", "x")->device.shaping;
         const net::Shaping want =
             can ? net::Shaping{2'000'000, 5'000} : net::Shaping{1'000'000, 0};
         const bool code =
             can ? bool(shaped_so) : !shaped_so && shaped_so.error().code == Errc::kUnimplemented;
         t.write(code && shaping == want ? "as_it_can" : "otherwise");
       }},
      {"forbid_ipv6", "ok ok",
       [](Twin& t) {
         t.joined().does(t.links().forbid_ipv6("A", "x"));
         t.does(t.links().forbid_ipv6("A", "x"));
       }},
      {"forbid_ipv6_no_device", "ok not_found",
       [](Twin& t) { t.create("A").does(t.links().forbid_ipv6("A", "x")); }},
      {"forbid_ipv6_no_namespace", "not_found",
       [](Twin& t) { t.does(t.links().forbid_ipv6("A", "x")); }},
      {"reassembly", "ok ok 1",
       [](Twin& t) {
         t.create("A").does(t.links().make_reassembly("A"));
         t.write(reassembles(*t.links().list_devices("A")) ? "1" : "0");
       }},
      {"reassembly_made_again", "ok ok ok 0 ok 1 4",
       [](Twin& t) {
         t.create("A").does(t.links().make_reassembly("A"));
         t.delete_device("A", net::kWholeDevice);
         t.write(reassembles(*t.links().list_devices("A")) ? "1" : "0");
         t.does(t.links().make_reassembly("A"));
         t.write(reassembles(*t.links().list_devices("A")) ? "1" : "0");
         t.write(std::to_string(t.links().list_devices("A")->size()));
       }},
      {"reassembly_goes_whole", "ok ok ok 1",
       [](Twin& t) {
         t.create("A").does(t.links().make_reassembly("A"));
         t.delete_device("A", net::kPartsPeerDevice);
         t.write(std::to_string(t.links().list_devices("A")->size()));
       }},
      {"reassembly_no_namespace", "not_found",
       [](Twin& t) { t.does(t.links().make_reassembly("A")); }},
      {"qdisc_kinds", "1 0",
       [](Twin& t) {
         t.write(std::to_string(*t.links().has_qdisc("tbf")));
         t.write(std::to_string(*t.links().has_qdisc("no-such-kind")));
       }},
  };
  return cases;
}

}  // namespace vinet::kernel
