// Door 1 on both twins.
#include "unit/kernel/twin.h"

namespace vinet::kernel {

std::vector<Case> namespace_cases() {
  const net::NamespaceSettings host{true, false, true, true};
  const net::NamespaceSettings router{true, true, true, true};
  const net::NamespaceSettings plain{false, false, true, true};
  const net::NamespaceSettings limited{true, false, false, false};
  return {
      {"namespaces_none", "[]", [](Twin& t) { t.names(); }},
      {"namespaces_create", "ok ok [A B.c]", [](Twin& t) { t.create("B.c").create("A").names(); }},
      {"namespaces_create_marks_lo", "ok vinet:test:A up",
       [](Twin& t) {
         const auto lo = t.create("A").links().find_device("A", "lo");
         t.write(lo->device.alias).write(lo->device.up ? "up" : "down");
       }},
      {"namespaces_create_twice", "ok exists [A]",
       [](Twin& t) { t.create("A").create("A").names(); }},
      {"namespaces_create_on_empty_file", "exists [A]",
       [](Twin& t) { t.leave_empty_file("A").create("A").names(); }},
      {"namespaces_bad_names", "invalid invalid invalid invalid invalid []",
       [](Twin& t) {
         t.create("").create(".").create("..").create("a/b").create(std::string(256, 'n')).names();
       }},
      {"namespaces_longest_name", "ok ok []",
       [](Twin& t) {
         const std::string name(255, 'n');
         t.does(t.namespaces().create(name, std::string(255, 'm'))).remove(name).names();
       }},
      {"namespaces_long_mark", "invalid []",
       [](Twin& t) { t.does(t.namespaces().create("A", std::string(256, 'm'))).names(); }},
      {"namespaces_alive", "ok 1 0 0",
       [](Twin& t) {
         t.leave_empty_file("half").create("A");
         for (const char* name : {"A", "half", "none"}) {
           t.write(std::to_string(*t.namespaces().alive(name)));
         }
       }},
      {"namespaces_remove", "ok ok [] not_found",
       [](Twin& t) { t.create("A").remove("A").names().remove("A"); }},
      {"namespaces_remove_empty_file", "ok []",
       [](Twin& t) { t.leave_empty_file("A").remove("A").names(); }},
      {"namespaces_remove_one_of_two", "ok ok ok [B]",
       [](Twin& t) { t.create("A").create("B").remove("A").names(); }},
      {"namespaces_made_again", "ok ok ok [lo+]",
       [](Twin& t) { t.create("A").remove("A").create("A").show_devices("A"); }},
      {"namespaces_absent", "not_found not_found not_found not_found",
       [host](Twin& t) {
         t.show_devices("A").show_settings("A").settings("A", host);
         t.does(t.namespaces().enter("A", [] { return ok(); }));
       }},
      {"namespaces_empty_file_is_none", "precondition precondition",
       [](Twin& t) { t.leave_empty_file("A").show_devices("A").show_settings("A"); }},
      {"namespaces_enter", "ok unavailable",
       [](Twin& t) {
         t.create("A");
         t.does(t.namespaces().enter("A", [] { return Error{Errc::kUnavailable, "inside"}; }));
       }},
      {"namespaces_own", "ok 1 1 exists ok [B M] 0 ok [B] not_found",
       [](Twin& t) {
         t.does(t.namespaces().create_own("M"));
         t.write(std::to_string(*t.namespaces().is_own("M")));
         t.write(std::to_string(*t.namespaces().alive("M")));
         t.does(t.namespaces().create_own("M"));
         t.does(t.namespaces().create("B", "vinet:test:B")).names();
         t.write(std::to_string(*t.namespaces().is_own("B")));
         t.remove("M").names().remove("M");
       }},
      {"namespaces_of_tenants", "ok ok exists ok [A B C] vinet:test:A ok [icmp weak] ok ok ok []",
       [plain](Twin& t) {
         t.does(t.namespaces().create_for("ann", "A", "vinet:test:A"));
         t.does(t.namespaces().create_for("ann", "B", "vinet:test:B"));
         t.does(t.namespaces().create_for("bob", "A", "vinet:test:A"));
         t.does(t.namespaces().create_for("bob", "C", "vinet:test:C")).names();
         t.write(t.links().find_device("A", "lo")->device.alias);
         t.settings("A", plain).show_settings("A");
         t.remove("A").remove("B").remove("C").names();
       }},
      {"namespaces_of_no_tenant", "invalid invalid []",
       [](Twin& t) {
         t.does(t.namespaces().create_for("", "A", "vinet:test:A"));
         t.does(t.namespaces().create_for("../x", "A", "vinet:test:A")).names();
       }},
      {"namespaces_own_of_no_name", "0 invalid invalid",
       [](Twin& t) {
         t.write(std::to_string(*t.namespaces().is_own("none")));
         t.does(t.namespaces().create_own("a/b")).does(t.namespaces().create_own(""));
       }},
      {"namespaces_own_on_empty_file", "exists 0 ok",
       [](Twin& t) {
         t.leave_empty_file("M").does(t.namespaces().create_own("M"));
         t.write(std::to_string(*t.namespaces().is_own("M"))).remove("M");
       }},
      {"namespaces_names_of_devices_inside", "precondition",
       [](Twin& t) { t.leave_empty_file("A").veth("A", device("x"), "A", device("y")); }},
      {"settings_host", "ok ok [ipv6 icmp weak]",
       [host](Twin& t) { t.create("A").settings("A", host).show_settings("A"); }},
      {"settings_router", "ok ok [ipv6 forwarding icmp weak]",
       [router](Twin& t) { t.create("A").settings("A", router).show_settings("A"); }},
      {"settings_there_and_back", "ok ok ok [ipv6] ok [ipv6 forwarding icmp weak]",
       [router, limited](Twin& t) {
         t.create("A").settings("A", router).settings("A", limited).show_settings("A");
         t.settings("A", router).show_settings("A");
       }},
      {"settings_without_ipv6", "ok ok [icmp weak]",
       [plain](Twin& t) { t.create("A").settings("A", plain).show_settings("A"); }},
      {"settings_ipv6_off_takes_addresses_and_routes",
       "ok ok [10.0.0.1~10.0.0.2/32] [] ok [10.0.0.1~10.0.0.2/32]",
       [host, plain](Twin& t) {
         t.joined().add_route("A", "fd01::/64 via fd00::2 dev x metric 5");
         t.settings("A", plain).addresses("A", "x").routes("A");
         t.settings("A", host).addresses("A", "x");
       }},
      {"settings_without_ipv6_hold_for_devices_to_come", "ok ok ok ok precondition [icmp weak]",
       [plain](Twin& t) {
         t.create("A").settings("A", plain).veth("A", device("x"), "A", device("y"));
         t.configure("A", device("x")).add("A", "x", "fd00::1/128").show_settings("A");
       }},
      {"settings_are_of_one_namespace", "ok ok ok ok [icmp weak] [ipv6 icmp weak]",
       [host, plain](Twin& t) {
         t.create("A").create("B").settings("B", host).settings("A", plain);
         t.show_settings("A").show_settings("B");
       }},
  };
}

}  // namespace vinet::kernel
