// Door 3 on both twins.
#include <cstring>

#include "unit/kernel/twin.h"

namespace vinet::kernel {
namespace {

constexpr uint32_t kBaseAddress = 0x0100000a;  // 10.0.0.1, network order

vi_key key(uint32_t number) {
  return {number, number + 1, number + 2, number + 3};
}

vi_link link(uint32_t mtu_bytes) {
  vi_link made{};
  made.mtu_bytes = mtu_bytes;
  made.header_count = 2;
  return made;
}

net::Device down(const std::string& name) {
  return device(name, [](net::Device& d) { d.up = false; });
}

std::string count(size_t n) {
  return std::to_string(n);
}

template <typename List>
std::string size_of(const Result<List>& list) {
  return list ? count(list->size()) : list.error().message;
}

/// Sizes of the four maps.
Twin& counts(Twin& t) {
  Programs& p = t.programs();
  return t.write(size_of(p.list_links("M")) + "/" + size_of(p.list_keys("M")) + "/" +
                 size_of(p.list_own("M")) + "/" + size_of(p.list_counters("M")));
}

}  // namespace

std::vector<Case> program_cases() {
  return {
      {"programs_none", "ok [bare] 0/0/0/0",
       [](Twin& t) { counts(t.create("M").attachment("M")); }},
      {"programs_no_namespace", "not_found not_found",
       [](Twin& t) { t.attachment("M").does(t.programs().load("M", kBaseAddress, 0)); }},
      {"programs_load", "ok ok [loaded] 0/0/0/1",
       [](Twin& t) {
         counts(t.create("M").does(t.programs().load("M", kBaseAddress, 0)).attachment("M"));
       }},
      {"programs_load_twice", "ok ok exists",
       [](Twin& t) {
         t.create("M").does(t.programs().load("M", kBaseAddress, 0));
         t.does(t.programs().load("M", kBaseAddress, 0));
       }},
      {"programs_not_attached_go_when_forgotten", "ok ok [bare]",
       [](Twin& t) {
         t.create("M").does(t.programs().load("M", kBaseAddress, 0));
         t.programs().forget("M");
         t.attachment("M");
       }},
      {"programs_machine", "[loaded block v1/backside]",
       [](Twin& t) { t.machine().attachment("M"); }},
      {"programs_attached_are_found_again", "ok [loaded block v1/backside] 0/1/0/1",
       [](Twin& t) {
         t.machine().does(t.programs().put_key("M", key(1), {0, 2, {}, {}}));
         t.programs().forget("M");
         counts(t.attachment("M"));
       }},
      {"programs_load_beside_attached", "exists",
       [](Twin& t) {
         t.machine();
         t.programs().forget("M");
         t.does(t.programs().load("M", kBaseAddress, 0));
       }},
      {"block_without_programs", "ok precondition",
       [](Twin& t) { t.create("M").does(t.programs().attach_block("M")); }},
      {"block_without_backside", "ok ok precondition [loaded]",
       [](Twin& t) {
         t.create("M").does(t.programs().load("M", kBaseAddress, 0));
         t.does(t.programs().attach_block("M")).attachment("M");
       }},
      {"block_replaced", "ok ok [loaded block v1/backside]",
       [](Twin& t) {
         t.machine().does(t.programs().attach_block("M"));
         t.programs().forget("M");
         t.does(t.programs().attach_block("M")).attachment("M");
       }},
      {"block_dies_with_its_last_backside", "ok [loaded] [bare] not_found",
       [](Twin& t) {
         t.machine().delete_device("M", "v1").attachment("M");
         t.programs().forget("M");
         t.attachment("M");
         t.delete_device("N", "vl");
       }},
      {"block_lives_while_a_backside_is_left", "ok ok ok [loaded block v2/backside]",
       [](Twin& t) {
         t.machine().veth("N", device("vl2"), "M", device("v2"));
         t.does(t.programs().bind_backside("M", "v2"));
         t.delete_device("N", "vl");
         t.programs().forget("M");
         t.attachment("M");
       }},
      {"backside_twice", "exists",
       [](Twin& t) { t.machine().does(t.programs().bind_backside("M", "v1")); }},
      {"backside_up", "ok ok precondition [loaded block v1/backside]",
       [](Twin& t) {
         t.machine().veth("N", device("vl2"), "M", device("v2")).configure("M", device("v2"));
         t.does(t.programs().bind_backside("M", "v2")).attachment("M");
       }},
      {"backside_missing", "not_found",
       [](Twin& t) { t.machine().does(t.programs().bind_backside("M", "nope")); }},
      {"backside_joins_a_filtered_block", "ok ok [loaded block v1/backside v2/backside]",
       [](Twin& t) {
         t.machine().veth("N", device("vl2"), "M", device("v2"));
         t.does(t.programs().bind_backside("M", "v2")).attachment("M");
       }},
      {"base_attached", "ok [loaded block v1/backside lo/base]",
       [](Twin& t) { t.machine().does(t.programs().attach_base("M", "lo")).attachment("M"); }},
      {"base_replaced", "ok ok [loaded block v1/backside lo/base]",
       [](Twin& t) {
         t.machine().does(t.programs().attach_base("M", "lo"));
         t.does(t.programs().attach_base("M", "lo")).attachment("M");
       }},
      {"base_while_up", "ok ok ok ok ok [loaded x/base]",
       [](Twin& t) {
         t.create("M").veth("M", device("x"), "M", device("y")).configure("M", device("x"));
         t.does(t.programs().load("M", kBaseAddress, 0)).does(t.programs().attach_base("M", "x"));
         t.attachment("M");
       }},
      {"base_without_programs", "ok precondition [bare]",
       [](Twin& t) { t.create("M").does(t.programs().attach_base("M", "lo")).attachment("M"); }},
      {"base_device_missing", "not_found",
       [](Twin& t) { t.machine().does(t.programs().attach_base("M", "nope")); }},
      {"base_on_a_backside", "unimplemented [loaded block v1/backside]",
       [](Twin& t) { t.machine().does(t.programs().attach_base("M", "v1")).attachment("M"); }},
      {"base_detached", "ok ok [loaded block v1/backside] not_found",
       [](Twin& t) {
         t.machine().does(t.programs().attach_base("M", "lo"));
         t.does(t.programs().detach_base("M", "lo")).attachment("M");
         t.does(t.programs().detach_base("M", "lo"));
       }},
      {"base_detach_missing", "not_found not_found",
       [](Twin& t) {
         t.machine().does(t.programs().detach_base("M", "nope"));
         t.does(t.programs().detach_base("M", "lo"));
       }},
      {"base_then_backside_without_the_loader",
       "ok ok ok ok [loaded block v1/backside lo/base] 0/0/1/1",
       [](Twin& t) {
         // Only vi_base is attached when the maps are found again; vi_backside must come to the
         // same maps.
         t.machine().does(t.programs().attach_base("M", "lo"));
         t.does(t.programs().put_own("M", kernel::machine_address(7), 2));
         t.delete_device("M", "v1");
         t.programs().forget("M");
         if (!t.links().create_veth("N", down("vl"), "M", down("v1")) ||
             !t.programs().bind_backside("M", "v1")) {
           t.write("no backside");
         }
         counts(t.does(t.programs().attach_block("M")).attachment("M"));
       }},
      {"maps_not_loaded",
       "ok precondition precondition precondition precondition precondition "
       "precondition",
       [](Twin& t) {
         Programs& p = t.programs();
         t.create("M").does(p.put_link("M", 2, link(1))).does(p.put_key("M", key(1), {}));
         t.does(p.put_own("M", kernel::machine_address(1), 2))
             .does(p.put_counters("M", 2))
             .does(p.erase_link("M", 2));
         t.does(p.set_probe("M", 1));
       }},
      {"maps_put_and_list", "ok ok ok ok ok 1/2/1/2 1460",
       [](Twin& t) {
         Programs& p = t.programs();
         t.machine()
             .does(p.put_link("M", 2, link(1460)))
             .does(p.put_key("M", key(1), {0, 2, {}, {}}));
         t.does(p.put_key("M", key(9), {0, 2, {}, {}}))
             .does(p.put_own("M", kernel::machine_address(77), 2));
         counts(t.does(p.put_counters("M", 2)));
         t.write(count(p.list_links("M")->at(2).mtu_bytes));
       }},
      {"maps_put_again_replaces", "ok ok 1/0/0/1 1400",
       [](Twin& t) {
         Programs& p = t.programs();
         t.machine().does(p.put_link("M", 2, link(1460))).does(p.put_link("M", 2, link(1400)));
         counts(t).write(count(p.list_links("M")->at(2).mtu_bytes));
       }},
      {"maps_erase", "ok ok ok ok ok ok ok ok 0/0/0/1",
       [](Twin& t) {
         Programs& p = t.programs();
         t.machine().does(p.put_link("M", 2, link(1))).does(p.put_key("M", key(1), {0, 2, {}, {}}));
         t.does(p.put_own("M", kernel::machine_address(77), 2)).does(p.put_counters("M", 2));
         t.does(p.erase_link("M", 2))
             .does(p.erase_key("M", key(1)))
             .does(p.erase_own("M", kernel::machine_address(77)));
         counts(t.does(p.erase_counters("M", 2)));
       }},
      {"maps_erase_missing", "not_found not_found not_found not_found",
       [](Twin& t) {
         Programs& p = t.programs();
         t.machine().does(p.erase_link("M", 2)).does(p.erase_key("M", key(1)));
         t.does(p.erase_own("M", kernel::machine_address(77))).does(p.erase_counters("M", 2));
       }},
      {"maps_of_stacks_put_and_list", "ok ok ok 1/1/1 72",
       [](Twin& t) {
         Programs& p = t.programs();
         vi_stack stack{};
         stack.headers[VI_MAX_HEADERS - 1][0] = VI_MAX_HEADERS;
         t.machine()
             .does(p.put_stack("M", 2, stack))
             .does(p.put_upper("M", {5, 1, 2}, {7, 2, {}, {}}));
         t.does(p.put_source("M", {5, 9, 0}));
         t.write(count(p.list_stacks("M")->size()) + "/" + count(p.list_uppers("M")->size()) + "/" +
                 count(p.list_sources("M")->size()));
         t.write(count(p.list_stacks("M")->at(2).headers[VI_MAX_HEADERS - 1][0]));
       }},
      {"maps_of_stacks_erase", "ok ok ok ok ok ok not_found not_found not_found",
       [](Twin& t) {
         Programs& p = t.programs();
         t.machine()
             .does(p.put_stack("M", 2, {}))
             .does(p.put_upper("M", {5, 1, 2}, {7, 2, {}, {}}));
         t.does(p.put_source("M", {5, 9, 0}));
         for (int times = 0; times < 2; ++times) {
           t.does(p.erase_stack("M", 2)).does(p.erase_upper("M", {5, 1, 2}));
           t.does(p.erase_source("M", {5, 9, 0}));
         }
       }},
      {"maps_own_of_nodes_are_apart", "ok ok 2/3",
       [](Twin& t) {
         Programs& p = t.programs();
         t.machine().does(p.put_own("M", {0, 7, 0}, 2)).does(p.put_own("M", {5, 7, 0}, 3));
         const auto own = *p.list_own("M");
         t.write(count(own.at({0, 7, 0})) + "/" + count(own.at({5, 7, 0})));
       }},
      {"detached_from_a_node_leaves_no_qdisc", "ok ok ok ok ok",
       [](Twin& t) {
         t.create("N").does(t.programs().load("N", 0, 5)).does(t.programs().attach_base("N", "lo"));
         t.does(t.programs().detach_base("N", "lo"));
         t.does(t.programs().prepare_base("N", "lo"));
       }},
      {"maps_keys_are_sorted_and_whole", "ok ok 1/2 5 6",
       [](Twin& t) {
         Programs& p = t.programs();
         t.machine().does(p.put_key("M", key(0x06000000), {0, 6, {1, 2, 3, 4, 5, 6}, {}}));
         t.does(p.put_key("M", key(0x05000000), {0, 5, {}, {}}));
         const auto keys = *p.list_keys("M");
         t.write(keys.at(1).second.vl_mac[1] == 2 ? "1/2" : "lost");
         for (const auto& [found, end] : keys) t.write(count(end.backside));
       }},
      {"maps_counters_start_at_zero", "ok 0",
       [](Twin& t) {
         t.machine().does(t.programs().put_counters("M", 2));
         const vi_counters found = t.programs().list_counters("M")->at(2);
         uint64_t sum = found.tx_packets + found.rx_packets + found.tx_bytes + found.rx_bytes;
         for (const auto drops : found.drops) sum += drops;
         t.write(count(sum));
       }},
      {"records_none", "ok ok 0 ok",
       [](Twin& t) {
         t.machine().does(t.programs().set_probe("M", 42));
         const auto records = t.programs().take_records("M");
         t.does(records ? ok() : Status(records.error())).write(count(records->size()));
         t.does(t.programs().set_probe("M", 0));
       }},
      {"program_ids_live_and_die", "1 0",
       [](Twin& t) {
         t.machine();
         const uint32_t id = t.programs().observe("M")->program_ids.front();
         t.write(count(*t.programs().exists(id)));
         t.programs().forget("M");
         if (!t.links().delete_device("M", "v1")) t.write("not deleted");
         eventually([&] { return !*t.programs().exists(id); });
         t.write(count(*t.programs().exists(id)));
       }},
      {"programs_die_with_the_namespace", "ok 0",
       [](Twin& t) {
         t.machine();
         const uint32_t id = t.programs().observe("M")->program_ids.front();
         t.remove("M");
         eventually([&] { return !*t.programs().exists(id); });
         t.write(count(*t.programs().exists(id)));
       }},
      {"programs_namespace_made_again_is_bare", "ok ok [bare] 0/0/0/0",
       [](Twin& t) { counts(t.machine().remove("M").create("M").attachment("M")); }},
      {"features", "ok", [](Twin& t) { t.does(t.programs().probe_features()); }},
      {"paths", "ok 1400 ok 0 not_found",
       [](Twin& t) {
         vi_path path{};
         path.mtu_bytes = 1400;
         t.machine().does(t.programs().put_path("M", 7, path));
         t.write(count(t.programs().list_paths("M")->at(7).mtu_bytes));
         t.does(t.programs().erase_path("M", 7));
         t.write(size_of(t.programs().list_paths("M")));
         t.does(t.programs().erase_path("M", 7));
       }},
      {"paths_without_programs", "ok precondition 0 0",
       [](Twin& t) {
         t.create("M").does(t.programs().put_path("M", 7, {}));
         t.write(size_of(t.programs().list_paths("M")));
         t.write(size_of(t.programs().take_heard("M")));
       }},
      {"whole_packets_come_from_a_base_device", "ok ok ok",
       [](Twin& t) {
         t.machine().does(t.links().make_reassembly("M"));
         t.does(t.programs().attach_base("M", net::kWholeDevice));
         t.does(t.programs().detach_base("M", net::kWholeDevice));
       }},
  };
}

}  // namespace vinet::kernel
