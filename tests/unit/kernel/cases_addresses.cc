// Door 2 on both twins: addresses.
#include "unit/kernel/twin.h"

namespace vinet::kernel {
namespace {

net::Device small(uint32_t mtu_bytes) {
  return device("x", [mtu_bytes](net::Device& x) { x.mtu_bytes = mtu_bytes; });
}

net::Device down() {
  return device("x", [](net::Device& x) { x.up = false; });
}

constexpr const char* kBoth = "[10.0.0.1~10.0.0.2/32 fd00::1~fd00::2/128]";

}  // namespace

std::vector<Case> address_cases() {
  const std::string both = kBoth;
  return {
      {"address_point_to_point", both, [](Twin& t) { t.joined().addresses("A", "x"); }},
      {"address_sorted",
       "ok ok ok [10.0.0.1~10.0.0.2/32 10.9.0.1/24 fc00::1/64 fd00::1~fd00::2/128 fe00::1/128]",
       [](Twin& t) {
         t.joined().add("A", "x", "fe00::1/128").add("A", "x", "fc00::1/64");
         t.add("A", "x", "10.9.0.1/24").addresses("A", "x");
       }},
      {"address_on_lo", "ok ok ok [10.7.0.1/32 fd07::1/128]",
       [](Twin& t) {
         t.create("A").add("A", "lo", "10.7.0.1/32").add("A", "lo", "fd07::1/128");
         t.addresses("A", "lo");
       }},
      {"address_twice", "exists exists " + both,
       [](Twin& t) {
         t.joined().add("A", "x", "10.0.0.1 peer 10.0.0.2/32");
         t.add("A", "x", "fd00::1 peer fd00::2/128").addresses("A", "x");
       }},
      {"address_same_local_other_peer",
       "ok exists [10.0.0.1~10.0.0.2/32 10.0.0.1~10.0.0.9/32 fd00::1~fd00::2/128]",
       [](Twin& t) {
         t.joined().add("A", "x", "10.0.0.1 peer 10.0.0.9/32");
         t.add("A", "x", "fd00::1 peer fd00::9/128").addresses("A", "x");
       }},
      {"address_on_two_devices", "ok ok [10.0.0.1/32 fd00::1/128]",
       [](Twin& t) {
         t.joined().add("A", "lo", "10.0.0.1/32").add("A", "lo", "fd00::1/128");
         t.addresses("A", "lo");
       }},
      {"address_bad_length", "invalid invalid",
       [](Twin& t) { t.joined().add("A", "x", "10.3.0.1/33").add("A", "x", "fd03::1/129"); }},
      {"address_device_missing", "not_found not_found",
       [](Twin& t) {
         t.joined().add("A", "nope", "10.3.0.1/32").drop("A", "nope", "10.3.0.1/32");
       }},
      {"address_removed", "ok ok []",
       [](Twin& t) {
         t.joined().drop("A", "x", "10.0.0.1 peer 10.0.0.2/32");
         t.drop("A", "x", "fd00::1 peer fd00::2/128").addresses("A", "x");
       }},
      {"address_remove_missing", "not_found not_found " + both,
       [](Twin& t) {
         t.joined().drop("A", "x", "10.0.0.7/32").drop("A", "x", "fd00::7/128").addresses("A", "x");
       }},
      {"address_remove_other_length", "not_found not_found " + both,
       [](Twin& t) {
         t.joined().drop("A", "x", "10.0.0.1/24").drop("A", "x", "fd00::1/64").addresses("A", "x");
       }},
      {"address_ipv6_off", "ok precondition [10.0.0.1~10.0.0.2/32]",
       [](Twin& t) {
         t.joined().settings("A", {false, false, true, true}).add("A", "x", "fd00::1/128");
         t.addresses("A", "x");
       }},
      {"address_ipv6_off_on_lo", "ok ok precondition",
       [](Twin& t) {
         t.create("A").settings("A", {false, false, true, true}).add("A", "lo", "fd00::1/128");
       }},
      {"address_ipv6_mtu_1280", "ok " + both,
       [](Twin& t) { t.joined().configure("A", small(1280)).addresses("A", "x"); }},
      {"address_ipv6_mtu_1279_drops_it", "ok [10.0.0.1~10.0.0.2/32] ok [10.0.0.1~10.0.0.2/32]",
       [](Twin& t) {
         t.joined().configure("A", small(1279)).addresses("A", "x");
         t.configure("A", small(1500)).addresses("A", "x");
       }},
      {"address_ipv6_mtu_1279_refused", "ok invalid",
       [](Twin& t) { t.joined().configure("A", small(1279)).add("A", "x", "fd05::1/128"); }},
      {"address_down_keeps_ipv4_only", "ok [10.0.0.1~10.0.0.2/32] ok [10.0.0.1~10.0.0.2/32]",
       [](Twin& t) {
         t.joined().configure("A", down()).addresses("A", "x");
         t.configure("A", device("x")).addresses("A", "x");
       }},
      {"address_added_while_down",
       "ok ok ok [10.0.0.1~10.0.0.2/32 10.5.0.1/32 fd05::1/128] ok "
       "[10.0.0.1~10.0.0.2/32 10.5.0.1/32 fd05::1/128]",
       [](Twin& t) {
         t.joined().configure("A", down()).add("A", "x", "10.5.0.1/32");
         t.add("A", "x", "fd05::1/128").addresses("A", "x");
         t.configure("A", device("x")).addresses("A", "x");
       }},
      {"used_prefixes",
       "ok ok [10.0.0.1/32 10.0.0.2/32 10.6.0.0/16 10.8.0.0/24 10.8.0.3/32 fd00::1/128 "
       "fd00::2/128]",
       [](Twin& t) {
         t.joined().add("A", "lo", "10.8.0.3/24").add_route("A", "unreachable 10.6.0.0/16");
         std::string text = "[";
         for (const Result<std::vector<net::IpPrefix>> used = t.links().used_prefixes("A");
              const net::IpPrefix& prefix : *used) {
           text += (text.size() > 1 ? " " : "") + net::to_string(prefix);
         }
         t.write(text + "]");
       }},
  };
}

}  // namespace vinet::kernel
