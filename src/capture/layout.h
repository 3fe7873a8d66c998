// The layout of a capture: which devices are tapped, which interfaces the file has, and which
// packet goes to which, computed of plans.
//
//     A ------------------ B      fig11.A-B at A, fig11.A-B at B      end layer: at the nodes
//     X ~~~~~~~ W ~~~~~~~~ Y      fig11.A-B on lab.X:W, lab.W:X, ...  base layer: on each base
//                                                                    interface that it can pass
// Packets of an internet on an internet pass interfaces of the lower one, too: upper.p-s on
// lower.b:c (stack_ways.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "capture/base_ways.h"
#include "capture/headers.h"
#include "capture/pcapng.h"
#include "capture/stack_ways.h"
#include "plan/plan.h"

namespace vinet::capture {

/// What is to be captured. Pointers into plans that outlive the call.
struct Wish {
  /// A link of an internet: at these of its ends, and on the wire between its machines.
  struct Link {
    const plan::BasePlan* base = nullptr;  ///< under all layers
    const plan::InternetPlan* internet = nullptr;
    uint32_t index = 0;
    bool at_a = true, at_b = true;
  };
  /// A base interface, with everything on it: an end of a base link.
  struct BaseInterface {
    const plan::BasePlan* base = nullptr;
    BaseEnd end;
    friend bool operator==(const BaseInterface&, const BaseInterface&) = default;
  };
  std::vector<Link> links;
  std::vector<BaseInterface> base_interfaces;

  // All may be called again with what is in it already.
  void add_link(const plan::BasePlan& base, const plan::InternetPlan& internet, uint32_t index);
  /// All its links, at its end.
  void add_node(const plan::BasePlan& base, const plan::InternetPlan& internet, uint32_t index);
  void add_base_link(const plan::BasePlan& base, uint32_t index);
  void add_machine(const plan::BasePlan& base, uint32_t index);

 private:
  Link& link(const plan::BasePlan& base, const plan::InternetPlan& internet, uint32_t index);
  void add(const BaseInterface& interface);
};

/// A device to be listened on, and what becomes of its packets.
struct Tap {
  std::string netns, device;  ///< `lab.X`, `Y`
  struct Claim {
    Headers key;
    uint32_t interface = 0;
    /// Where the key is one header, under others: what these may be, outermost first.
    std::vector<HeaderSet> under{};
  };
  std::vector<Claim> claims;
  std::optional<uint32_t> rest;  ///< interface for what no key claims
  uint32_t layer = 0;            ///< of the internet whose node it is in; 0: on a base interface
};

struct Layout {
  std::vector<Interface> interfaces;
  std::vector<Tap> taps;  ///< no device twice
  std::vector<NameRecord> names;
  std::string subject;  ///< `base lab, internet fig11 on lab`: what all this is of
};

/// `internets`: all that stand on these bases, and on each other.
Layout make_layout(const Wish& wish, const std::vector<const plan::InternetPlan*>& internets);

}  // namespace vinet::capture
