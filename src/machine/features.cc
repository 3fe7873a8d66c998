// Asks the doors what works.
#include "machine/features.h"

namespace vinet::machine {
namespace {

Feature qdisc_feature(kernel::Kernel& kernel, const std::string& kind, const std::string& use) {
  Feature feature{"qdisc " + kind, false, false, "links with '" + use + "'"};
  const auto has = kernel.links().has_qdisc(kind);
  feature.present = has && *has;
  if (!has) {
    feature.detail = has.error().message;
  } else if (!*has) {
    feature.detail =
        "'" + use + "' is refused: this kernel has no " + kind + " (module sch_" + kind + ")";
  }
  return feature;
}

}  // namespace

std::vector<Feature> list_features(kernel::Kernel& kernel) {
  Feature namespaces{"namespaces", true, true, "nodes and machines"};
  if (const auto names = kernel.namespaces().list(); !names) {
    namespaces.present = false;
    namespaces.detail = names.error().message;
  }
  Feature programs{"link layer", true, true, "veth, clsact with shared blocks, BPF programs"};
  if (const Status tried = kernel.programs().probe_features(); !tried) {
    programs.present = false;
    programs.detail = tried.error().message;
  }
  return {namespaces, programs, qdisc_feature(kernel, "tbf", "rate"),
          qdisc_feature(kernel, "htb", "share"), qdisc_feature(kernel, "netem", "delay")};
}

Result<plan::Inventory> take_inventory(kernel::Kernel& kernel) {
  plan::Inventory inventory;
  ASSIGN_OR_RETURN(inventory.own_prefixes, kernel.links().used_prefixes(""));
  // What cannot be tried (no permission to) is not refused in a plan; making it will say so.
  if (const auto has = kernel.links().has_qdisc("netem")) inventory.features.netem = *has;
  if (const auto has = kernel.links().has_qdisc("tbf")) inventory.features.tbf = *has;
  if (const auto has = kernel.links().has_qdisc("htb")) inventory.features.htb = *has;
  return inventory;
}

}  // namespace vinet::machine
