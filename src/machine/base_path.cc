#include "machine/base_path.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <span>

#include "machine/encode.h"
#include "machine/wire.h"
#include "support/fd.h"
#include "vi_encap.h"

namespace vinet::machine {
namespace {

constexpr int kTries = 2;
constexpr size_t kHeaders = 2;
constexpr size_t kLeastBytes = kHeaders * VI_HEADER_BYTES + VI_ICMP_BYTES + sizeof(uint64_t);

/// All orders of one machine, from inside it.
Status send_echoes(const std::vector<const PathOrder*>& orders) {
  const Fd socket(::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_RAW));
  if (!socket) return errno_error("open a raw socket", errno);
  const int probe = IP_PMTUDISC_PROBE;  // DF, whatever the kernel believes of the path
  ::setsockopt(socket.get(), IPPROTO_IP, IP_MTU_DISCOVER, &probe, sizeof probe);
  for (const PathOrder* order : orders) {
    sockaddr_in far{};
    far.sin_family = AF_INET;
    far.sin_addr.s_addr = to_be(order->far);
    for (const uint32_t bytes : order->sizes) {
      const std::vector<uint8_t> packet = path_echo(*order, bytes);
      for (int i = 0; i < kTries; ++i) {
        // Larger than the way out, or no way out: an echo that does not come back says the same.
        if (::sendto(socket.get(), packet.data(), packet.size(), 0,
                     reinterpret_cast<const sockaddr*>(&far), sizeof far) < 0) {
          break;
        }
      }
    }
  }
  return ok();
}

}  // namespace

std::vector<uint8_t> path_echo(const PathOrder& order, uint32_t bytes) {
  std::vector<uint8_t> packet(std::max<size_t>(bytes, kLeastBytes));
  const auto total = static_cast<uint16_t>(packet.size());
  const std::pair<net::Ipv4, net::Ipv4> ends[kHeaders] = {
      {order.near, order.far}, {order.link_source, order.link_destination}};
  for (size_t i = 0; i < kHeaders; ++i) {
    vi_header header;
    vi_template(&header, 0, to_be(ends[i].first), to_be(ends[i].second));
    header.total_be = vi_be16(static_cast<uint16_t>(total - VI_HEADER_BYTES * i));
    if (i + 1 == kHeaders) header.protocol = VI_PROTO_ICMP;
    header.check_be = 0;
    header.check_be = static_cast<uint16_t>(~vi_header_sum(&header));
    std::memcpy(packet.data() + VI_HEADER_BYTES * i, &header, sizeof header);
  }
  uint8_t* icmp = packet.data() + kHeaders * VI_HEADER_BYTES;
  icmp[0] = VI_ICMP_ECHO;
  std::memcpy(icmp + VI_ICMP_BYTES, &order.nonce, sizeof order.nonce);
  const std::span<const uint8_t> not_zero(icmp, VI_ICMP_BYTES + sizeof order.nonce);
  put16(icmp + 2, checksum_of(sum_of(not_zero)));
  return packet;
}

Result<std::vector<PathReport>> take_path_reports(kernel::Kernel& kernel,
                                                  const std::vector<std::string>& machines) {
  std::vector<PathReport> reports;
  for (const std::string& machine : machines) {
    auto paths = kernel.programs().list_paths(machine);
    if (!paths && paths.error().code == Errc::kNotFound) continue;  // it is gone
    if (!paths) return std::move(paths).error();
    ASSIGN_OR_RETURN(const auto heard, kernel.programs().take_heard(machine));
    std::map<uint32_t, PathReport> by_far;
    for (const auto& [far_be, path] : *paths) by_far[far_be].in_force_bytes = path.mtu_bytes;
    for (const auto& [far_be, what] : heard) {
      PathReport& report = by_far[far_be];
      report.reported_bytes = what.reported_bytes;
      report.nonce = what.nonce;
      report.answered_bytes = what.answered_bytes;
    }
    for (auto& [far_be, report] : by_far) {
      report.machine = machine;
      report.far = from_be(far_be);
      reports.push_back(std::move(report));
    }
  }
  return reports;
}

Result<slice::PathsInForce> paths_in_force(kernel::Kernel& kernel,
                                           const std::vector<std::string>& machines) {
  slice::PathsInForce in_force;
  for (const std::string& machine : machines) {
    auto paths = kernel.programs().list_paths(machine);
    if (!paths && paths.error().code == Errc::kNotFound) continue;  // it is gone
    if (!paths) return std::move(paths).error();
    for (const auto& [far_be, path] : *paths) {
      if (path.mtu_bytes != 0) in_force[machine][from_be(far_be)] = path.mtu_bytes;
    }
  }
  return in_force;
}

Status order_paths(kernel::Kernel& kernel, const std::vector<PathOrder>& orders) {
  std::map<std::string, std::vector<const PathOrder*>> by_machine;
  for (const PathOrder& order : orders) {
    const uint32_t far_be = to_be(order.far);
    if (order.sizes.empty() && order.in_force_bytes == 0) {
      Status erased = kernel.programs().erase_path(order.machine, far_be);
      if (!erased && erased.error().code != Errc::kNotFound) return erased;
      continue;
    }
    vi_path path{};
    path.nonce = order.nonce;
    path.mtu_bytes = order.in_force_bytes;
    TRY(kernel.programs().put_path(order.machine, far_be, path));
    if (!order.sizes.empty()) by_machine[order.machine].push_back(&order);
  }
  for (const auto& [machine, those] : by_machine) {
    TRY_IN("try base paths of " + machine,
           kernel.namespaces().enter(machine, [&mine = those] { return send_echoes(mine); }));
  }
  return ok();
}

}  // namespace vinet::machine
