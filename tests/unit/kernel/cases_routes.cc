// Door 2 on both twins: routes.
#include "unit/kernel/twin.h"

namespace vinet::kernel {
namespace {

net::Device down() {
  return device("x", [](net::Device& x) { x.up = false; });
}

// In the scene of `joined_twice`.
constexpr char kTwo[] = "10.1.0.0/16 via 10.0.0.2 dev x or 10.0.0.4%z";
constexpr char kTwo6[] = "fd01::/64 via fd00::2 dev x or fd00::4%z metric 7";

/// One route asked for in the scene of `joined`.
Case route_case(const std::string& name, const std::string& asked, const std::string& expected) {
  return {"route_" + name, expected,
          [asked](Twin& t) { t.joined().add_route("A", asked).routes("A"); }};
}

}  // namespace

std::vector<Case> route_cases() {
  return {
      route_case("via_peer", "10.1.0.0/16 via 10.0.0.2 dev x", "ok [10.1.0.0/16>10.0.0.2%x]"),
      route_case("via_peer_ipv6", "fd01::/64 via fd00::2 dev x metric 7",
                 "ok [fd01::/64>fd00::2%x#7]"),
      route_case("ipv6_metric_0_is_1024", "fd01::/64 via fd00::2 dev x",
                 "ok [fd01::/64>fd00::2%x#1024]"),
      route_case("metric_and_source", "10.1.0.0/16 via 10.0.0.2 dev x metric 9 src 10.0.0.1",
                 "ok [10.1.0.0/16>10.0.0.2%x#9<10.0.0.1]"),
      route_case("ipv6_source", "fd01::/64 via fd00::2 dev x metric 7 src fd00::1",
                 "ok [fd01::/64>fd00::2%x#7<fd00::1]"),
      route_case("on_link", "10.1.0.0/16 dev x", "ok [10.1.0.0/16%x]"),
      route_case("on_link_ipv6", "fd01::/64 dev x metric 7", "ok [fd01::/64%x#7]"),
      route_case("default", "0.0.0.0/0 via 10.0.0.2 dev x", "ok [0.0.0.0/0>10.0.0.2%x]"),
      route_case("default_ipv6", "::/0 via fd00::2 dev x metric 7", "ok [::/0>fd00::2%x#7]"),
      route_case("unreachable", "unreachable 10.1.0.0/16", "ok [!10.1.0.0/16]"),
      route_case("unreachable_ipv6", "unreachable fd01::/64 metric 7", "ok [!fd01::/64#7]"),
      route_case("via_stranger", "10.1.0.0/16 via 10.0.0.3 dev x", "precondition []"),
      route_case("via_stranger_ipv6", "fd01::/64 via fd00::3 dev x metric 7", "precondition []"),
      route_case("via_own_address", "10.1.0.0/16 via 10.0.0.1 dev x",
                 "ok [10.1.0.0/16>10.0.0.1%x]"),
      route_case("via_own_address_ipv6", "fd01::/64 via fd00::1 dev x metric 7", "invalid []"),
      route_case("via_peer_of_another_device", "10.1.0.0/16 via 10.0.0.2 dev lo",
                 "precondition []"),
      route_case("device_missing", "10.1.0.0/16 via 10.0.0.2 dev nope", "not_found []"),
      route_case("foreign_source", "10.1.0.0/16 via 10.0.0.2 dev x src 10.0.0.9", "invalid []"),
      route_case("foreign_source_ipv6", "fd01::/64 via fd00::2 dev x metric 7 src fd00::9",
                 "invalid []"),
      {"way_is_the_longest_prefix_that_leads_out", "ok ok ok ok x x none none",
       [](Twin& t) {
         net::Device lo;
         lo.name = "lo";
         lo.mtu_bytes = 65536;
         lo.forwarding = true;
         t.joined().configure("A", lo).add_route("A", "10.1.0.0/16 via 10.0.0.2 dev x");
         t.add_route("A", "unreachable 10.1.2.0/24");
         t.add_route("A", "10.1.2.16/28 via 10.0.0.2 dev x");
         for (const uint32_t to : {0x0a010001U, 0x0a010211U, 0x0a010201U, 0x0b000001U}) {
           const auto way = t.links().find_way("A", {0x0a090909}, {to});
           t.write(!way ? name_of(way.error().code) : way->value_or("none"));
         }
       }},
      {"route_replaced", "ok ok [10.1.0.0/16>10.0.0.2%x]",
       [](Twin& t) {
         t.joined().add_route("A", "unreachable 10.1.0.0/16");
         t.replace_route("A", "10.1.0.0/16 via 10.0.0.2 dev x").routes("A");
       }},
      {"route_replaced_ipv6", "ok ok [!fd01::/64#7]",
       [](Twin& t) {
         t.joined().add_route("A", "fd01::/64 via fd00::2 dev x metric 7");
         t.replace_route("A", "unreachable fd01::/64 metric 7").routes("A");
       }},
      {"route_replaced_of_its_metric", "ok ok [10.1.0.0/16>10.0.0.2%x#5 !10.1.0.0/16#9]",
       [](Twin& t) {
         t.joined().add_route("A", "unreachable 10.1.0.0/16 metric 9");
         t.replace_route("A", "10.1.0.0/16 via 10.0.0.2 dev x metric 5").routes("A");
       }},
      {"route_replaced_where_there_is_none", "ok [10.1.0.0/16>10.0.0.2%x]",
       [](Twin& t) {
         t.joined().replace_route("A", "10.1.0.0/16 via 10.0.0.2 dev x").routes("A");
       }},
      {"route_replaced_by_a_bad_one", "ok precondition [10.1.0.0/16>10.0.0.2%x]",
       [](Twin& t) {
         t.joined().add_route("A", "10.1.0.0/16 via 10.0.0.2 dev x");
         t.replace_route("A", "10.1.0.0/16 via 10.0.0.3 dev x").routes("A");
       }},
      {"share", "ok ok ok {10000: 16=3000 20=4000}",
       [](Twin& t) {
         t.joined().shape("A", "x", {10'000'000, 0});
         t.share("A", "x", {20, 4'000'000}).share("A", "x", {16, 3'000'000}).shares("A", "x");
       }},
      {"share_changed_with_the_rate", "ok ok ok ok {20000: 16=5000}",
       [](Twin& t) {
         t.joined().shape("A", "x", {10'000'000, 0});
         t.share("A", "x", {16, 3'000'000}).share("A", "x", {16, 5'000'000});
         t.shape("A", "x", {20'000'000, 0}).shares("A", "x");
       }},
      {"share_taken_back", "ok ok ok ok {10000: 17=2000}",
       [](Twin& t) {
         t.joined().shape("A", "x", {10'000'000, 0});
         t.share("A", "x", {16, 3'000'000}).share("A", "x", {17, 2'000'000});
         t.share("A", "x", {16, 0}).shares("A", "x");
       }},
      {"share_last_taken_back", "ok ok ok {10000:}",
       [](Twin& t) {
         t.joined().shape("A", "x", {10'000'000, 0});
         t.share("A", "x", {16, 3'000'000}).share("A", "x", {16, 0}).shares("A", "x");
       }},
      {"share_and_rate_taken_back", "ok ok ok {0:}",
       [](Twin& t) {
         t.joined().shape("A", "x", {10'000'000, 0});
         t.share("A", "x", {16, 3'000'000}).shape("A", "x", {}).shares("A", "x");
       }},
      {"share_without_rate", "precondition {0:}",
       [](Twin& t) {
         t.joined().share("A", "x", {16, 3'000'000}).shares("A", "x");
       }},
      {"share_that_is_not_there", "ok not_found {10000:}",
       [](Twin& t) {
         t.joined().shape("A", "x", {10'000'000, 0});
         t.share("A", "x", {16, 0}).shares("A", "x");
       }},
      {"route_two_hops",
       "ok ok [10.1.0.0/16>10.0.0.2%x|10.0.0.4%z fd01::/64>fd00::2%x|fd00::4%z#7]",
       [](Twin& t) { t.joined_twice().add_route("A", kTwo).add_route("A", kTwo6).routes("A"); }},
      {"route_two_hops_source_metric", "ok [10.1.0.0/16>10.0.0.2%x|10.0.0.4%z#9<10.0.0.1]",
       [](Twin& t) {
         t.joined_twice().add_route("A", std::string(kTwo) + " metric 9 src 10.0.0.1").routes("A");
       }},
      {"route_two_hops_twice", "ok ok exists exists exists",
       [](Twin& t) {
         t.joined_twice().add_route("A", kTwo).add_route("A", kTwo6);
         t.add_route("A", kTwo).add_route("A", kTwo6);
         t.add_route("A", "10.1.0.0/16 via 10.0.0.2 dev x");
       }},
      {"route_two_hops_deleted", "ok ok ok ok []",
       [](Twin& t) {
         t.joined_twice().add_route("A", kTwo).add_route("A", kTwo6);
         t.drop_route("A", kTwo).drop_route("A", kTwo6).routes("A");
       }},
      {"route_two_hops_one_refused", "precondition precondition not_found []",
       [](Twin& t) {
         t.joined_twice().add_route("A", "10.1.0.0/16 via 10.0.0.2 dev x or 10.0.0.9%z");
         t.add_route("A", "fd01::/64 via fd00::2 dev x or fd00::9%z metric 7");
         t.add_route("A", "10.1.0.0/16 via 10.0.0.2 dev x or 10.0.0.4%nope").routes("A");
       }},
      {"route_two_hops_replace_one",
       "ok ok ok ok [10.1.0.0/16>10.0.0.2%x|10.0.0.4%z fd01::/64>fd00::2%x|fd00::4%z#7]",
       [](Twin& t) {
         t.joined_twice().add_route("A", "10.1.0.0/16 via 10.0.0.4 dev z").replace_route("A", kTwo);
         t.add_route("A", "fd01::/64 via fd00::4 dev z metric 7").replace_route("A", kTwo6);
         t.routes("A");
       }},
      {"route_two_hops_replaced_by_one",
       "ok ok ok ok [10.1.0.0/16>10.0.0.4%z fd01::/64>fd00::4%z#7]",
       [](Twin& t) {
         t.joined_twice().add_route("A", kTwo).add_route("A", kTwo6);
         t.replace_route("A", "10.1.0.0/16 via 10.0.0.4 dev z");
         t.replace_route("A", "fd01::/64 via fd00::4 dev z metric 7").routes("A");
       }},
      {"route_two_hops_replaced_by_unreachable", "ok ok ok ok [!10.1.0.0/16 !fd01::/64#7]",
       [](Twin& t) {
         t.joined_twice().add_route("A", kTwo).add_route("A", kTwo6);
         t.replace_route("A", "unreachable 10.1.0.0/16");
         t.replace_route("A", "unreachable fd01::/64 metric 7").routes("A");
       }},
      {"route_two_hops_of_a_device_that_goes", "ok ok ok [fd01::/64>fd00::2%x#7]",
       [](Twin& t) {
         t.joined_twice().add_route("A", kTwo).add_route("A", kTwo6);
         t.delete_device("B", "w").routes("A");
       }},
      {"route_two_hops_stay_while_one_is_down", "ok ok [10.1.0.0/16>10.0.0.2%x|10.0.0.4%z] ok []",
       [](Twin& t) {
         t.joined_twice().add_route("A", kTwo).configure("A", down()).routes("A");
         t.configure("A", device("z", [](net::Device& z) { z.up = false; })).routes("A");
       }},
      {"route_two_hops_stay_with_an_address", "ok ok [10.1.0.0/16>10.0.0.2%x|10.0.0.4%z] ok []",
       [](Twin& t) {
         t.joined_twice().add_route("A", kTwo);
         t.drop("A", "x", "10.0.0.1 peer 10.0.0.2/32").routes("A");
         t.drop("A", "z", "10.0.0.3 peer 10.0.0.4/32").routes("A");
       }},
      {"route_two_hops_ipv6_stay_while_one_is_down",
       "ok ok [fd01::/64>fd00::2%x|fd00::4%z#7] ok []",
       [](Twin& t) {
         t.joined_twice().add_route("A", kTwo6).configure("A", down()).routes("A");
         t.configure("A", device("z", [](net::Device& z) { z.up = false; })).routes("A");
       }},
      {"route_two_hops_ipv6_lose_one_below_1280", "ok ok [fd01::/64>fd00::4%z#7]",
       [](Twin& t) {
         t.joined_twice().add_route("A", kTwo6);
         t.configure("A", device("x", [](net::Device& x) { x.mtu_bytes = 1200; })).routes("A");
       }},
      {"route_via_on_link_route", "ok ok [10.1.0.0/16%x 10.2.0.0/16>10.1.0.9%x]",
       [](Twin& t) {
         t.joined().add_route("A", "10.1.0.0/16 dev x");
         t.add_route("A", "10.2.0.0/16 via 10.1.0.9 dev x").routes("A");
       }},
      {"route_via_routed_hop", "ok precondition [10.1.0.0/16>10.0.0.2%x]",
       [](Twin& t) {
         t.joined().add_route("A", "10.1.0.0/16 via 10.0.0.2 dev x");
         t.add_route("A", "10.2.0.0/16 via 10.1.0.9 dev x").routes("A");
       }},
      {"route_via_subnet", "ok ok [10.1.0.0/16>10.9.0.77%x]",
       [](Twin& t) {
         t.joined().add("A", "x", "10.9.0.1/24");
         t.add_route("A", "10.1.0.0/16 via 10.9.0.77 dev x").routes("A");
       }},
      {"route_twice", "ok exists ok exists [10.1.0.0/16>10.0.0.2%x fd01::/64>fd00::2%x#7]",
       [](Twin& t) {
         t.joined().add_route("A", "10.1.0.0/16 via 10.0.0.2 dev x");
         t.add_route("A", "10.1.0.0/16 via 10.0.0.2 dev x");
         t.add_route("A", "fd01::/64 via fd00::2 dev x metric 7");
         t.add_route("A", "fd01::/64 via fd00::2 dev x metric 7").routes("A");
       }},
      {"route_same_metric_other_way",
       "ok exists ok exists [10.1.0.0/16>10.0.0.2%x "
       "fd01::/64>fd00::2%x#7]",
       [](Twin& t) {
         t.joined().add_route("A", "10.1.0.0/16 via 10.0.0.2 dev x");
         t.add_route("A", "unreachable 10.1.0.0/16");
         t.add_route("A", "fd01::/64 via fd00::2 dev x metric 7");
         t.add_route("A", "unreachable fd01::/64 metric 7").routes("A");
       }},
      {"route_second_at_higher_metric", "ok ok [10.1.0.0/16>10.0.0.2%x#5 !10.1.0.0/16#9]",
       [](Twin& t) {
         t.joined().add_route("A", "unreachable 10.1.0.0/16 metric 9");
         t.add_route("A", "10.1.0.0/16 via 10.0.0.2 dev x metric 5").routes("A");
       }},
      {"route_deleted", "ok ok ok ok ok ok []",
       [](Twin& t) {
         const char* const all[] = {"10.1.0.0/16 via 10.0.0.2 dev x metric 3",
                                    "fd01::/64 via fd00::2 dev x metric 7",
                                    "unreachable fd02::/64 metric 7"};
         t.joined();
         for (const char* one : all) t.add_route("A", one);
         for (const char* one : all) t.drop_route("A", one);
         t.routes("A");
       }},
      {"route_delete_missing", "not_found not_found not_found not_found",
       [](Twin& t) {
         t.joined().drop_route("A", "10.1.0.0/16 via 10.0.0.2 dev x");
         t.drop_route("A", "fd01::/64 via fd00::2 dev x metric 7");
         t.drop_route("A", "unreachable 10.1.0.0/16");
         t.drop_route("A", "10.1.0.0/16 via 10.0.0.2 dev nope");
       }},
      {"route_delete_other_metric", "ok not_found [10.1.0.0/16>10.0.0.2%x#5]",
       [](Twin& t) {
         t.joined().add_route("A", "10.1.0.0/16 via 10.0.0.2 dev x metric 5");
         t.drop_route("A", "10.1.0.0/16 via 10.0.0.2 dev x metric 6").routes("A");
       }},
      {"route_delete_other_hop", "ok ok not_found [10.1.0.0/16>10.0.0.2%x]",
       [](Twin& t) {
         t.joined().add("A", "x", "10.9.0.1/24");
         t.add_route("A", "10.1.0.0/16 via 10.0.0.2 dev x");
         t.drop_route("A", "10.1.0.0/16 via 10.9.0.2 dev x").routes("A");
       }},
      {"route_while_down", "ok precondition precondition precondition []",
       [](Twin& t) {
         t.joined().configure("A", down()).add_route("A", "10.1.0.0/16 via 10.0.0.2 dev x");
         t.add_route("A", "10.1.0.0/16 dev x").add_route("A", "fd01::/64 dev x metric 7");
         t.routes("A");
       }},
      {"route_goes_when_device_goes_down", "ok ok ok ok [!10.3.0.0/16] ok [!10.3.0.0/16]",
       [](Twin& t) {
         t.joined().add_route("A", "10.1.0.0/16 via 10.0.0.2 dev x");
         t.add_route("A", "fd01::/64 via fd00::2 dev x metric 7");
         t.add_route("A", "unreachable 10.3.0.0/16");
         t.configure("A", down()).routes("A").configure("A", device("x")).routes("A");
       }},
      {"route_goes_with_device", "ok ok []",
       [](Twin& t) {
         t.joined().add_route("A", "10.1.0.0/16 via 10.0.0.2 dev x").delete_device("B", "y");
         t.routes("A");
       }},
      {"route_ipv6_goes_below_1280",
       "ok ok ok [10.1.0.0/16>10.0.0.2%x] ok [10.1.0.0/16>10.0.0.2%x]",
       [](Twin& t) {
         t.joined().add_route("A", "10.1.0.0/16 via 10.0.0.2 dev x");
         t.add_route("A", "fd01::/64 via fd00::2 dev x metric 7");
         t.configure("A", device("x", [](net::Device& x) { x.mtu_bytes = 1200; })).routes("A");
         t.configure("A", device("x")).routes("A");
       }},
      {"route_ipv6_refused_below_1280", "ok not_found",
       [](Twin& t) {
         t.joined().configure("A", device("x", [](net::Device& x) { x.mtu_bytes = 1200; }));
         t.add_route("A", "fd01::/64 dev x metric 7");
       }},
      {"route_ipv6_off", "ok precondition []",
       [](Twin& t) {
         t.joined().settings("A", {false, false, true, true});
         t.add_route("A", "fd01::/64 dev x metric 7").routes("A");
       }},
      {"route_goes_with_its_source", "ok ok ok ok [10.2.0.0/16>10.0.0.2%x]",
       [](Twin& t) {
         t.joined().add("A", "lo", "10.7.0.1/32");
         t.add_route("A", "10.1.0.0/16 via 10.0.0.2 dev x src 10.7.0.1");
         t.add_route("A", "10.2.0.0/16 via 10.0.0.2 dev x");
         t.drop("A", "lo", "10.7.0.1/32").routes("A");
       }},
      {"route_ipv6_forgets_its_source", "ok ok ok [fd01::/64>fd00::2%x#7]",
       [](Twin& t) {
         t.joined().add("A", "lo", "fd07::1/128");
         t.add_route("A", "fd01::/64 via fd00::2 dev x metric 7 src fd07::1");
         t.drop("A", "lo", "fd07::1/128").routes("A");
       }},
      {"route_goes_with_last_address", "ok ok []",
       [](Twin& t) {
         t.joined().add_route("A", "10.1.0.0/16 via 10.0.0.2 dev x");
         t.drop("A", "x", "10.0.0.1 peer 10.0.0.2/32").routes("A");
       }},
      {"route_stays_while_an_address_is_left", "ok ok ok [10.1.0.0/16>10.0.0.2%x]",
       [](Twin& t) {
         t.joined().add("A", "x", "10.9.0.1/24");
         t.add_route("A", "10.1.0.0/16 via 10.0.0.2 dev x");
         t.drop("A", "x", "10.0.0.1 peer 10.0.0.2/32").routes("A");
       }},
      {"route_sorted", "ok ok ok ok [!10.1.0.0/16 !10.1.0.0/24 !10.2.0.0/16 !fd01::/64#7]",
       [](Twin& t) {
         t.joined().add_route("A", "unreachable fd01::/64 metric 7");
         t.add_route("A", "unreachable 10.2.0.0/16").add_route("A", "unreachable 10.1.0.0/24");
         t.add_route("A", "unreachable 10.1.0.0/16").routes("A");
       }},
  };
}

}  // namespace vinet::kernel
