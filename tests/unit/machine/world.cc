// Reads everything through the doors and writes it down.
#include "unit/machine/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "kernel/fake.h"
#include "kernel/linux.h"
#include "machine/encode.h"
#include "machine/local.h"
#include "slice/text.h"

namespace vinet::testing {
namespace {

std::string hex(const void* data, size_t length) {
  std::string text;
  for (size_t i = 0; i < length; ++i)
    text += fmt::format("{:02x}", static_cast<const uint8_t*>(data)[i]);
  return text;
}

std::string device_text(const kernel::ObservedDevice& observed, bool attached_base, bool bound) {
  const net::Device& d = observed.device;
  std::string text = fmt::format(
      "  {} {} alias {} mac {} mtu {} gso {} {}{}{}{}{}{} rate {} delay {}\n", observed.kind,
      d.name, d.alias, net::to_string(d.mac), d.mtu_bytes, d.gso_max_bytes, d.up ? "up" : "down",
      d.arp ? "" : " noarp", d.forwarding ? " forwarding" : "",
      d.ignore_linkdown ? " ignore_linkdown" : "", attached_base ? " vi_base" : "",
      bound ? " bound" : "", d.shaping.rate_bps, d.shaping.delay_us);
  for (const auto& address : d.addresses) text += "    " + slice::to_string(address) + "\n";
  return text;
}

/// Map entries, with the names of backsides for their ifindexes.
std::string entries_text(kernel::Programs& programs, const std::string& machine,
                         const std::map<uint32_t, std::string>& names) {
  const auto name = [&](uint32_t ifindex) {
    const auto it = names.find(ifindex);
    return it == names.end() ? "dead device " + std::to_string(ifindex) : it->second;
  };
  std::vector<std::string> lines;
  const auto links = *programs.list_links(machine);
  const auto keys = *programs.list_keys(machine);
  const auto own = *programs.list_own(machine);
  const auto counted = *programs.list_counters(machine);
  for (const auto& [backside, link] : links) {
    lines.push_back("  link " + name(backside) + " " + hex(&link, sizeof link));
  }
  for (const auto& [key, end] : keys) {
    lines.push_back("  key " + hex(&key, sizeof key) + " " + name(end.backside) + " " +
                    hex(end.vl_mac, 12));
  }
  for (const auto& [key, end] : *programs.list_uppers(machine)) {
    lines.push_back("  upper " + hex(&key, sizeof key) + " " + name(end.backside) + " " +
                    hex(end.vl_mac, 12));
  }
  for (const auto& [backside, stack] : *programs.list_stacks(machine)) {
    lines.push_back("  stack " + name(backside) + " " + hex(&stack, sizeof stack));
  }
  for (const vi_address& source : *programs.list_sources(machine)) {
    lines.push_back("  source " + hex(&source, sizeof source));
  }
  for (const auto& [address, backside] : own) {
    lines.push_back("  own " + hex(&address, sizeof address) + " " + name(backside));
  }
  for (const auto& [backside, counters] : counted) {
    if (backside != 0) lines.push_back("  counters " + name(backside));
  }
  std::sort(lines.begin(), lines.end());
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

}  // namespace

World::World(std::unique_ptr<kernel::Kernel> kernel, const std::string& root)
    : kernel_(std::move(kernel)), machine_(machine::make_local(*kernel_, root)) {}

World World::fake() {
  return {kernel::make_fake(), "/nonexistent/vinet-test"};
}
World World::real(const std::string& root) {
  return {kernel::open_linux(root), root};
}

std::string World::snapshot() {
  std::string text;
  const auto spaces = *kernel_->namespaces().list();
  for (const std::string& name : spaces) {
    if (!*kernel_->namespaces().alive(name)) {
      text += "empty file " + name + "\n";
      continue;
    }
    const auto settings = *kernel_->namespaces().read_settings(name);
    text += fmt::format("namespace {} {}{}{}{}\n", name, settings.ipv6, settings.ipv6_forwarding,
                        settings.icmp_unlimited, settings.rp_filter_off);
    const auto attached = *kernel_->programs().observe(name);
    const auto has = [](const std::vector<std::string>& all, const std::string& one) {
      return std::find(all.begin(), all.end(), one) != all.end();
    };
    auto devices = *kernel_->links().list_devices(name);
    std::sort(devices.begin(), devices.end(),
              [](const auto& x, const auto& y) { return x.device.name < y.device.name; });
    std::map<uint32_t, std::string> names;
    for (const auto& device : devices) {
      names[device.ifindex] = device.device.name;
      text += device_text(device, has(attached.base_devices, device.device.name),
                          has(attached.backsides, device.device.name));
    }
    const auto routes = *kernel_->links().list_routes(name);
    for (const auto& route : routes) text += "  " + slice::to_string(route) + "\n";
    if (attached.loaded) {
      text += fmt::format("  programs{}\n", attached.block_filter ? " block" : "");
      text += entries_text(kernel_->programs(), name, names);
    }
  }
  return text;
}

void World::fail_call(uint64_t n, bool from_then_on) {
  const uint64_t bad = calls() + n;
  kernel_->calls().set_policy(
      [bad, from_then_on](uint64_t call, const std::string& what) -> Status {
        if (call == bad || (from_then_on && call > bad)) {
          return Error{Errc::kInternal, "injected failure of " + what, 0};
        }
        return ok();
      });
}

void World::fail_none() {
  kernel_->calls().set_policy(nullptr);
}

}  // namespace vinet::testing
