// Plan values as tables: what `plan` prints, and `show` prints parts of.
#pragma once

#include <string>

#include "plan/plan.h"

namespace vinet::cli {

/// A base: its machines, links and routes.
std::string text_of(const plan::BasePlan& base, bool colour);
/// Are the routes of each node printed, or only their number?
enum class RouteTables { kCounted, kWhole };

/// An internet: its nodes, interfaces, links and routes. `base`: what it stands on, an internet as
/// one (plan/as_base.h).
std::string text_of(const plan::InternetPlan& internet, const plan::BasePlan& base, bool colour,
                    RouteTables tables = RouteTables::kCounted);

/// `rate 10mbit, delay 20ms, loss 0.1%, cost 5, same machine`; "" where nothing is out of the
/// ordinary.
std::string attributes_of(const plan::LinkPlan& link);
std::string attributes_of(const plan::BaseLinkPlan& link);
/// `, lease 8h, share 500mbit`, `; flattened`, or "".
std::string attributes_of(const plan::InternetPlan& internet);

/// `host`, `router`; with `, transit` or `, no transit` where that is not the kind's default.
std::string kind_of(const plan::NodePlan& node);

/// The name of the node at an end.
const std::string& node_name(const plan::InternetPlan& internet, const plan::LinkEndPlan& end);

std::string or_dash(const std::optional<net::Ipv6>& address);
std::string or_dash(const std::optional<net::IpPrefix>& prefix);

}  // namespace vinet::cli
