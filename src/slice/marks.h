// Marks: how everything that vinet makes in the kernel says that it is vinet's, and whose. Pure
// text.
//
//   alias of lo         vinet:lab:X              machine X of base lab
//                       vinet:fig11:A@lab.X      node A of internet fig11, on machine lab.X
//   alias of a device   vinet:fig11:A-B@A        the end of link A-B at node A (both ends of its
//   veth pair)
//                       vinet:lab:X-Y@X          the end of base link X-Y in machine X
//
// Names hold no '@'; owners hold no ':' (link names may: `A-B:2`).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vinet::slice {

/// What the alias of a namespace's lo says.
struct NamespaceMark {
  std::string owner;    ///< base or internet
  std::string name;     ///< of the machine or node
  std::string machine;  ///< namespace of the machine that the node is on; empty for a machine
  friend bool operator==(const NamespaceMark&, const NamespaceMark&) = default;
};

/// What the alias of a device says.
struct DeviceMark {
  std::string owner, link;
  std::string at;  ///< the node or machine whose end it is
  friend bool operator==(const DeviceMark&, const DeviceMark&) = default;
};

std::string to_string(const NamespaceMark& mark);
std::string to_string(const DeviceMark& mark);

/// Nothing if the text is no mark of ours.
std::optional<NamespaceMark> parse_namespace_mark(std::string_view alias);
std::optional<DeviceMark> parse_device_mark(std::string_view alias);

/// `fig11.A`: the namespace of node or machine `name`.
std::string namespace_name(const std::string& owner, const std::string& name);

}  // namespace vinet::slice
