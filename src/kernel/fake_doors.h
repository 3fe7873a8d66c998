// The fake twins of the doors. What they keep is in fake_state.h; each door has a file of its
// own.
#pragma once

#include "kernel/fake_state.h"
#include "kernel/links.h"
#include "kernel/namespaces.h"
#include "kernel/processes.h"
#include "kernel/programs.h"
#include "kernel/route_watch.h"

namespace vinet::kernel {

class FakeNamespaces final : public Namespaces {
 public:
  explicit FakeNamespaces(FakeState& state) : state_(state) {}

  Result<std::vector<std::string>> list() override;
  Result<bool> alive(const std::string& name) override;
  Status create(const std::string& name, const std::string& mark) override;
  Status create_for(const std::string& tenant, const std::string& name,
                    const std::string& mark) override;
  Status create_own(const std::string& name) override;
  Result<bool> is_own(const std::string& name) override;
  Status remove(const std::string& name) override;
  Result<net::NamespaceSettings> read_settings(const std::string& name) override;
  Status write_settings(const std::string& name, const net::NamespaceSettings& settings) override;
  Status enter(const std::string& name, const std::function<Status()>& inside) override;

 private:
  FakeState& state_;
};

class FakeLinks final : public Links {
 public:
  explicit FakeLinks(FakeState& state) : state_(state) {}

  Result<std::vector<ObservedDevice>> list_devices(const std::string& netns) override;
  Result<ObservedDevice> find_device(const std::string& netns, const std::string& name) override;
  Status create_veth(const std::string& a_netns, const net::Device& a, const std::string& b_netns,
                     const net::Device& b) override;
  Status configure_device(const std::string& netns, const net::Device& device) override;
  Status forbid_ipv6(const std::string& netns, const std::string& name) override;
  Status make_reassembly(const std::string& netns) override;
  Status delete_device(const std::string& netns, const std::string& name) override;
  Status delete_devices(const std::string& netns, const std::vector<std::string>& names) override;
  std::vector<Status> change_addresses(const std::string& netns,
                                       const std::vector<AddressChange>& changes) override;
  std::vector<Status> change_routes(const std::string& netns,
                                    const std::vector<RouteChange>& changes) override;
  Result<std::optional<std::string>> find_way(const std::string& netns, net::Ipv4 source,
                                              net::Ipv4 destination) override;
  Result<std::vector<net::Route>> list_routes(const std::string& netns) override;
  Status set_shaping(const std::string& netns, const std::string& device,
                     const net::Shaping& shaping) override;
  Status set_share(const std::string& netns, const std::string& device,
                   const net::Share& share) override;
  Result<bool> has_qdisc(const std::string& kind) override;
  Result<std::vector<net::IpPrefix>> used_prefixes(const std::string& netns) override;
  Result<Inspection> inspect(const std::string& netns) override;

 private:
  Status make_address(const std::string& netns, const std::string& device,
                      const net::InterfaceAddress& address);
  Status erase_address(const std::string& netns, const std::string& device,
                       const net::InterfaceAddress& address);
  Status put_route(const std::string& netns, const net::Route& route, bool replace,
                   const std::string& attempt);
  Status erase_route(const std::string& netns, const net::Route& route);
  ObservedDevice observe(const FakeDevice& device);

  FakeState& state_;
};

class FakePrograms final : public Programs {
 public:
  explicit FakePrograms(FakeState& state);

  Result<Attachment> observe(const std::string& machine) override;
  Status load(const std::string& machine, uint32_t base_address_be, uint64_t node) override;
  void forget(const std::string& machine) override;
  Status bind_backside(const std::string& machine, const std::string& device) override;
  Status attach_block(const std::string& machine) override;
  Status prepare_base(const std::string& machine, const std::string& device) override;
  Status attach_base(const std::string& machine, const std::string& device) override;
  Status detach_base(const std::string& machine, const std::string& device) override;
  Result<std::set<uint32_t>> of_other_builds(const std::vector<uint32_t>& program_ids) override;
  Status renew(const std::string& machine) override;
  Status put_link(const std::string& machine, uint32_t backside, const vi_link& link) override;
  Status erase_link(const std::string& machine, uint32_t backside) override;
  Status put_key(const std::string& machine, const vi_key& key, const vi_end& end) override;
  Status erase_key(const std::string& machine, const vi_key& key) override;
  Status put_stack(const std::string& machine, uint32_t backside, const vi_stack& stack) override;
  Status erase_stack(const std::string& machine, uint32_t backside) override;
  Status put_upper(const std::string& machine, const vi_upper& key, const vi_end& end) override;
  Status erase_upper(const std::string& machine, const vi_upper& key) override;
  Status put_own(const std::string& machine, const vi_address& link_address,
                 uint32_t backside) override;
  Status erase_own(const std::string& machine, const vi_address& link_address) override;
  Status put_source(const std::string& machine, const vi_address& source) override;
  Status erase_source(const std::string& machine, const vi_address& source) override;
  Status put_counters(const std::string& machine, uint32_t backside) override;
  Status erase_counters(const std::string& machine, uint32_t backside) override;
  Result<std::map<uint32_t, vi_link>> list_links(const std::string& machine) override;
  Result<std::vector<std::pair<vi_key, vi_end>>> list_keys(const std::string& machine) override;
  Result<std::map<uint32_t, vi_stack>> list_stacks(const std::string& machine) override;
  Result<std::vector<std::pair<vi_upper, vi_end>>> list_uppers(const std::string& machine) override;
  Result<OwnMap> list_own(const std::string& machine) override;
  Result<SourceSet> list_sources(const std::string& machine) override;
  Result<std::map<uint32_t, vi_counters>> list_counters(const std::string& machine) override;
  Status put_path(const std::string& machine, uint32_t far_be, const vi_path& path) override;
  Status erase_path(const std::string& machine, uint32_t far_be) override;
  Result<std::map<uint32_t, vi_path>> list_paths(const std::string& machine) override;
  Result<std::map<uint32_t, vi_heard>> take_heard(const std::string& machine) override;
  Status set_probe(const std::string& machine, uint64_t nonce) override;
  Result<std::vector<vi_record>> take_records(const std::string& machine) override;
  Result<std::set<uint32_t>> list_shapes(const std::string& machine) override;
  Result<vi_config> read_config(const std::string& machine) override;
  Result<std::vector<Filter>> list_all_filters(const std::string& machine) override;
  Result<std::map<std::string, std::string>> own_tags() override;
  size_t most_links() const override { return state_.most_links; }
  Result<bool> exists(uint32_t program_id) override;
  Status probe_features() override;

 private:
  struct Held {
    std::shared_ptr<FakeMaps> maps;
    std::map<std::string, std::shared_ptr<FakeProgram>> programs;  ///< by name
  };
  Result<Held*> find(const std::string& machine);
  Result<Held*> require(const std::string& machine);
  Result<std::shared_ptr<FakeProgram>> program(const std::string& machine, const std::string& name);

  FakeState& state_;
  std::map<std::string, Held> held_;
};

class FakeRouteWatch final : public RouteWatch {
 public:
  explicit FakeRouteWatch(FakeState& state) : state_(state) {}

  void watch(const std::set<std::string>& namespaces) override;
  std::set<std::string> take_changed() override;

 private:
  struct Seen {
    uint64_t inode = 0;
    std::vector<net::Route> routes;
    std::vector<net::Device> devices;
    friend bool operator==(const Seen&, const Seen&) = default;
  };
  static Seen look(const FakeNamespace& space);

  FakeState& state_;
  std::map<std::string, Seen> watched_;
};

class FakeProcesses final : public Processes {
 public:
  explicit FakeProcesses(FakeState& state) : state_(state) {}

  Result<std::vector<pid_t>> list(const std::vector<std::string>& namespaces) override;
  Status end_all(const std::vector<std::string>& namespaces,
                 std::chrono::milliseconds deadline) override;
  Error become(const Execution& execution) override;
  Status remove_cgroups(const std::string& owner) override;

 private:
  FakeState& state_;
};

}  // namespace vinet::kernel
