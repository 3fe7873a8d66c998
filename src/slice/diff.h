// diff: what must be made, changed and deleted so that `have` becomes `want`. Both are slices of
// the same owner on the same machine; one says what should be, the other what the kernel holds.
//
// What a tenant adds inside its own node is not ours and stays: devices without our mark and routes
// of other protocols are in no slice. Addresses carry no mark, so by their form: on a device, those
// with a peer are ours; on lo, a further address is an old identity of ours only where a wanted one
// of its family is missing.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "slice/slice.h"

namespace vinet::slice {

struct AddressChange {
  std::string netns, device;
  net::InterfaceAddress address;
  friend auto operator<=>(const AddressChange&, const AddressChange&) = default;
};

struct RouteChange {
  std::string netns;
  net::Route route;
  friend auto operator<=>(const RouteChange&, const RouteChange&) = default;
};

/// A device as it shall be.
struct DeviceChange {
  std::string netns;
  net::Device device;
  friend bool operator==(const DeviceChange&, const DeviceChange&) = default;
};

struct Diff {
  std::string owner, machine;
  net::Ipv4 base_address;

  std::vector<Namespace> namespaces_made;     ///< their addresses and routes are among those below
  std::vector<Namespace> namespaces_changed;  ///< settings, mark or lo's forwarding
  std::vector<Namespace> namespaces_deleted;
  std::vector<Veth> veths_made;  ///< their addresses and shaping are among those below
  std::vector<Veth> veths_deleted;
  std::vector<DeviceChange> devices_changed;
  std::vector<DeviceChange> shaping_changed;
  std::vector<AddressChange> addresses_added, addresses_deleted;
  std::vector<RouteChange> routes_added, routes_deleted;
  std::vector<LinkEnd> link_ends_put;     ///< new, altered, or of a veth that is made anew
  std::vector<LinkEnd> link_ends_erased;  ///< also those of veths that are deleted
  std::vector<std::string> base_devices_attached, base_devices_detached;
  std::vector<DeviceShare> shares_put, shares_erased;

  /// Number of objects that differ.
  size_t count() const;
  bool empty() const { return count() == 0; }
  friend bool operator==(const Diff&, const Diff&) = default;
};

/// Whether addresses that may be a tenant's stay. kExact is for going back to a state that was
/// observed.
enum class Tolerance { kKeepTenants, kExact };

/// Cost: O(n log n) in the objects of both slices.
Diff diff(const Slice& want, const Slice& have, Tolerance tolerance = Tolerance::kKeepTenants);

/// All machines of both, and the namespaces of the nodes that differ, or of which a link end does.
/// Slices of one owner, one a machine.
std::set<std::string> touched(const std::vector<Slice>& want, const std::vector<Slice>& have);

}  // namespace vinet::slice
