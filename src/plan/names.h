// Names of devices. Linux allows 15 bytes (IFNAMSIZ - 1); names of nodes and links may be longer.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vinet::plan {

/// May a device be called so? At most 15 bytes, no '/', ':', '%' or white space (dev_valid_name in
/// the kernel's net/core/dev.c), not "." or "..", and none that a new network namespace or its
/// sysctl tree has already.
bool is_device_name(std::string_view name);

/// A device name made of a text that is none: its first 10 bytes, `~`, and 4 hexadecimal digits of
/// its hash.
std::string shortened(std::string_view text);

/// What one node calls another: its name without the parts that both are in.
/// `t.child0.top` calls `t.child0.leaf` leaf, and `t.top` top; `admin` calls both by their names.
std::string_view relative_name(std::string_view from, std::string_view to);

/// What an interface leads to.
struct Neighbour {
  std::string node;         ///< at the far end, as the node calls it
  std::string link;         ///< the link's name
  bool link_named = false;  ///< written by the user, not made of the names of its ends
  std::string previous;     ///< the device's name in the previous plan, or empty
};

/// Names the devices of one node, in the order given. A device keeps its previous name; a new one
/// is called after its neighbour, a further one to the same neighbour after its link where that was
/// named, else `B.2`, `B.3`, ... A qualified name that is too long loses parts at its front
/// (`child1.top`), one without parts is shortened. The names are valid, and each occurs once.
std::vector<std::string> device_names(const std::vector<Neighbour>& neighbours);

}  // namespace vinet::plan
