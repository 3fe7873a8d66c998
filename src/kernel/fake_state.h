// The fake kernel's data: namespaces with devices, routes, filters and what the filters hold. The
// fake doors share it.
//
// Refusals are built from the errno that Linux gives, by the same errno_error, so that the twins'
// codes agree.
#pragma once

#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "kernel/door.h"
#include "kernel/map_keys.h"
#include "net/objects.h"
#include "support/result.h"
#include "vi_abi.h"

namespace vinet::kernel {

struct FakeMaps {
  uint32_t base_address_be = 0;
  uint64_t node = 0;
  uint64_t probe_nonce = 0;
  std::map<uint32_t, vi_link> links;
  std::map<uint32_t, vi_stack> stacks;
  std::map<vi_key, vi_end, ByBytes> keys;
  std::map<vi_upper, vi_end, ByBytes> uppers;
  OwnMap own;
  SourceSet sources;
  std::map<uint32_t, vi_counters> counters;
  std::map<uint32_t, vi_path> paths;
};

/// Lives as long as a filter or a door holds it, and its maps with it.
struct FakeProgram {
  uint32_t id = 0;
  std::string name;
  std::shared_ptr<FakeMaps> maps;
  bool altered = false;  ///< its code is not vinet's
};

struct FakeDevice {
  net::Device device;
  uint32_t ifindex = 0;
  std::string peer_netns;      ///< of a veth
  uint32_t peer_ifindex = 0;   ///< of a veth
  uint32_t lower_ifindex = 0;  ///< of a macvlan: the device that it is on
  bool clsact = false;
  bool in_block = false;  ///< the ingress of its clsact is the shared block
  std::shared_ptr<FakeProgram> base_filter;
  std::vector<net::Share> shares;  ///< sorted by id

  bool loopback() const { return peer_ifindex == 0 && lower_ifindex == 0; }
};

/// Is the device one that a next hop of the route names?
bool leads_over(const net::Route& route, const std::string& device);

struct FakeNamespace {
  uint64_t inode = 0;  ///< tells it from one of the same name before it
  net::NamespaceSettings settings{true, false, false, true};
  std::map<uint32_t, FakeDevice> devices;  ///< by ifindex
  uint32_t next_ifindex = 1;
  std::vector<net::Route> routes;
  std::shared_ptr<FakeProgram> block_filter;

  FakeNamespace();  ///< with lo, down
  FakeDevice& add(const net::Device& device);
  FakeDevice* find(const std::string& name);
  /// Drops routes of a family over this device. Those with further next hops over devices that are
  /// `usable` stay whole, for the kernel takes the hop up again.
  void drop_routes_over(const FakeDevice& device, bool ipv6,
                        const std::function<bool(const FakeDevice&)>& usable);
  /// IPv6 routes lose their next hops over this device, and go with the last.
  void drop_ipv6_hops(const std::string& device);
  /// Drops the routes that `gone` picks.
  void drop_routes(const std::function<bool(const net::Route&)>& gone);
  /// What Linux does to a device's IPv6 when it goes down or gets too small for it.
  void drop_ipv6(FakeDevice& device);
};

struct FakeState {
  uint64_t next_inode = 1;
  CallCounter calls;
  FakeNamespace own;                                            ///< that of this process, named ""
  std::map<std::string, std::unique_ptr<FakeNamespace>> names;  ///< null: only an empty file
  std::set<std::string> own_names;  ///< of `own`, beside ""; each is in `names` too, as null
  uint32_t next_program_id = 1;
  size_t most_links = VI_MAX_LINKS;  ///< of one machine
  std::vector<std::weak_ptr<FakeProgram>> programs;
  std::vector<std::function<void(const std::string&)>> on_forget;

  /// Errors: not_found; failed_precondition for an empty file.
  Result<FakeNamespace*> open(const std::string& name);
  /// Errors: as `open`, or not_found.
  Result<FakeDevice*> find_device(const std::string& netns, const std::string& name);
  /// Deletes a veth: both ends, their routes, and the block's filter with its last device.
  void delete_veth(const std::string& netns, uint32_t ifindex);
  std::shared_ptr<FakeProgram> make_program(const std::string& name,
                                            std::shared_ptr<FakeMaps> maps);

 private:
  void delete_end(FakeNamespace& space, uint32_t ifindex);
};

}  // namespace vinet::kernel
