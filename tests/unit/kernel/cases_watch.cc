// Door 5 on both twins: who is told of changed routes, addresses and devices.
#include "unit/kernel/twin.h"

namespace vinet::kernel {

std::vector<Case> watch_cases() {
  static constexpr char kRoute[] = "unreachable 10.1.0.0/16";
  return {
      {"watch_nothing", "ok ok []",
       [](Twin& t) { t.create("A").add_route("A", kRoute).changed(); }},
      {"watch_tells_once", "ok ok [] ok [A] []",
       [](Twin& t) {
         t.create("A").create("B").watch({"A", "B"}).changed();
         t.add_route("A", kRoute).changed().changed();
       }},
      {"watch_tells_of_each", "ok ok ok ok ok [A B] ok [A] ok [B]",
       [](Twin& t) {
         t.create("A").create("B").watch({"A", "B"});
         t.add_route("A", kRoute)
             .replace_route("A", kRoute)
             .add("B", "lo", "10.2.0.1/32")
             .changed();
         t.drop_route("A", kRoute).changed();
         t.drop("B", "lo", "10.2.0.1/32").changed();
       }},
      {"watch_tells_of_devices", "ok ok ok [A B] ok [A B]",
       [](Twin& t) {
         t.create("A").create("B").watch({"A", "B"});
         t.veth("A", device("x"), "B", device("y")).changed().delete_device("A", "x").changed();
       }},
      {"watch_only_these", "ok ok ok ok [B] ok []",
       [](Twin& t) {
         t.create("A").create("B").watch({"A", "B"}).watch({"B"});
         t.add_route("A", kRoute).add_route("B", kRoute).changed();
         t.watch({}).add_route("B", "unreachable 10.3.0.0/16").changed();
       }},
      {"watch_of_what_is_not_there", "ok [] [A]",
       [](Twin& t) {
         t.watch({"A", "nobody"}).create("A").changed();
         (void)t.watch({"A", "nobody"}).kernel().links().add_route("A", route(kRoute));
         t.changed();
       }},
      {"watch_anew_what_was_replaced", "ok ok ok ok [] ok [A]",
       [](Twin& t) {
         t.create("A").watch({"A"}).remove("A").create("A").add_route("A", kRoute).changed();
         t.watch({"A"}).drop_route("A", kRoute).changed();
       }},
      {"watch_of_an_empty_file", "ok [] []",
       [](Twin& t) { t.leave_empty_file("A").create("B").watch({"A"}).changed().changed(); }},
  };
}

}  // namespace vinet::kernel
