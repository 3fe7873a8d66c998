// What the parts of a check share: the plan as slices, one look at the kernel, and the findings.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>

#include "kernel/kernel.h"
#include "machine/findings.h"
#include "machine/view.h"

namespace vinet::machine {

class CheckContext {
 public:
  CheckContext(kernel::Kernel& doors, const CheckRequest& asked, View seen)
      : kernel(doors), request(asked), view(std::move(seen)) {
    for (const std::string& owner : request.owners) compared[owner].owner = owner;
    for (const slice::Slice& slice : request.want) {
      for (const slice::Veth& veth : slice.veths) {
        devices[veth.a_namespace].push_back(&veth.a);
        devices[veth.b_namespace].push_back(&veth.b);
        if (veth.role == slice::VethRole::kLink) backsides.emplace(veth.b_namespace, veth.b.name);
      }
    }
  }

  bool is_asked_for(const std::string& owner) const { return compared.contains(owner); }

  void fault(const std::string& owner, const std::string& where, std::string what,
             std::string planned, std::string found) {
    findings.push_back({Finding::Weight::kFault, owner, where, std::move(what), std::move(planned),
                        std::move(found)});
  }
  void note(const std::string& owner, const std::string& where, std::string what,
            std::string planned, std::string found) {
    findings.push_back({Finding::Weight::kNote, owner, where, std::move(what), std::move(planned),
                        std::move(found)});
  }
  /// A fault where the two differ.
  void compare(const std::string& owner, const std::string& where, const std::string& what,
               const std::string& planned, const std::string& found) {
    if (planned != found) fault(owner, where, what, planned, found);
  }

  const NamespaceView* space(const std::string& name) const {
    const auto it = view.spaces.find(name);
    return it == view.spaces.end() ? nullptr : &it->second;
  }

  kernel::Kernel& kernel;
  const CheckRequest& request;
  const View view;
  std::map<std::string, std::vector<const net::Device*>> devices;  ///< planned, by namespace
  std::set<std::pair<std::string, std::string>> backsides;         ///< planned: namespace, device
  std::vector<Finding> findings;
  std::map<std::string, Compared> compared;  ///< by owner; of those asked for
};

/// check_space.cc: the namespaces of a slice: mark, settings, addresses and routes, and what others
/// added that leads packets elsewhere.
Status check_spaces(CheckContext& context, const slice::Slice& want);
/// check_devices.cc: its veth pairs, and devices that no plan knows.
void check_devices(CheckContext& context, const slice::Slice& want);
/// MTUs of links: as planned, or smaller at both ends alike, which a shrunken base path makes.
void check_mtus(CheckContext& context, const std::vector<const slice::Slice*>& of_owner);
/// check_maps.cc: map entries of one machine against all slices there.
void check_maps(CheckContext& context, const std::string& machine);
/// check_filters.cc: filters and programs of one machine. `tags`: of our own programs.
Status check_filters(CheckContext& context, const std::string& machine,
                     const std::map<std::string, std::string>& tags);

}  // namespace vinet::machine
