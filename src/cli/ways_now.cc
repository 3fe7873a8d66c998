#include "cli/ways_now.h"

#include <map>

#include "slice/marks.h"

namespace vinet::cli {
namespace {

using Addresses = std::pair<net::Ipv4, net::Ipv4>;

/// The headers of an end, each with its layer: the innermost is the end's own.
std::vector<HeaderNow> headers_of(const slice::LinkEnd& end, const Layers& layers) {
  std::vector<HeaderNow> headers;
  const slice::Way& way = end.way;
  std::optional<Addresses> base;
  const auto add = [&](size_t layer, const Addresses& addresses, bool inside) {
    headers.push_back(
        {layer, addresses.first, addresses.second, inside, layers.ends_of(layer, addresses, base)});
  };
  const size_t count = way.headers.size();
  if (way.inside && count < layers.top()) {
    if (way.inside_on.empty()) base = Addresses{way.inside_base, way.inside_base};
    add(layers.top() - count, {way.inside_link.source, way.inside_link.destination}, true);
  }
  for (size_t i = 0; i < count; ++i) {
    const size_t inside = count - 1 - i;  // headers within this one
    if (inside > layers.top()) continue;  // somebody wrote these by hand
    const size_t layer = layers.top() - inside;
    const Addresses addresses{way.headers[i].source, way.headers[i].destination};
    add(layer, addresses, false);
    if (layer == 0) base = addresses;
  }
  return headers;
}

}  // namespace

std::vector<EndNow> ends_now(const std::vector<slice::Slice>& observed, const Layers& layers) {
  std::vector<EndNow> ends;
  for (const slice::Slice& slice : observed) {
    if (slice.owner != layers.name_of(layers.top())) continue;
    std::map<std::string, slice::DeviceMark> marks;
    for (const slice::Veth& veth : slice.veths) {
      if (const auto mark = slice::parse_device_mark(veth.b.alias)) marks[veth.b.name] = *mark;
    }
    for (const slice::LinkEnd& end : slice.link_ends) {
      const auto mark = marks.find(end.backside);
      if (mark == marks.end()) continue;
      EndNow now{mark->second.link, mark->second.at, slice.machine, end.way.open, {}, {}};
      if (now.open) now.headers = headers_of(end, layers);
      const bool reaches_base =
          now.headers.empty() || now.headers.front().layer == 0 || now.headers.front().inside;
      if (!reaches_base) now.below = slice.machine;
      ends.push_back(std::move(now));
    }
  }
  return ends;
}

}  // namespace vinet::cli
