// Steps and looks of the scripts that run on both twins.
#include "unit/kernel/twin.h"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <thread>

#include "kernel/fake.h"
#include "kernel/linux.h"
#include "support/fd.h"

namespace vinet::kernel {
namespace {

std::string make_root() {
  std::string path = "/tmp/vinet-unit-kernel-XXXXXX";
  return mkdtemp(path.data()) == nullptr ? "" : path;
}

/// "10.0.0.2/32" -> address and length; host bits stay.
std::pair<net::IpAddress, uint8_t> split(const std::string& text) {
  const size_t slash = text.find('/');
  return {*net::parse_address(text.substr(0, slash)),
          static_cast<uint8_t>(std::stoi(text.substr(slash + 1)))};
}

}  // namespace

net::Device device(const std::string& name) {
  net::Device made;
  made.name = name;
  made.alias = "vinet:test:" + name;
  made.mac = net::mac_from(name);
  made.arp = false;
  return made;
}

net::Device device(const std::string& name, const std::function<void(net::Device&)>& change) {
  net::Device made = device(name);
  change(made);
  return made;
}

net::InterfaceAddress address(const std::string& text) {
  std::istringstream words(text);
  std::string first, word, peer;
  words >> first >> word >> peer;
  net::InterfaceAddress made;
  if (peer.empty()) {
    std::tie(made.local, made.prefix_length) = split(first);
  } else {
    made.local = *net::parse_address(first);
    const auto [far, length] = split(peer);
    made.peer = far;
    made.prefix_length = length;
  }
  return made;
}

net::Route route(const std::string& text) {
  std::istringstream words(text);
  std::string word;
  words >> word;
  net::Route made;
  if (word == "unreachable") {
    made.type = net::RouteType::kUnreachable;
    words >> word;
  }
  const auto [network, length] = split(word);
  made.destination = {network, length};
  std::string value;
  while (words >> word >> value) {
    if (word == "via") made.via = net::parse_address(value);
    if (word == "dev") made.device = value;
    if (word == "or") {  // or HOP%DEVICE
      const size_t percent = value.find('%');
      made.others.push_back(
          {*net::parse_address(value.substr(0, percent)), value.substr(percent + 1)});
    }
    if (word == "src") made.source = net::parse_address(value);
    if (word == "metric") made.metric = static_cast<uint32_t>(std::stoul(value));
  }
  return made;
}

std::string to_string(const net::InterfaceAddress& address) {
  std::string text = net::to_string(address.local);
  if (address.peer) text += "~" + net::to_string(*address.peer);
  return text + "/" + std::to_string(address.prefix_length);
}

std::string to_string(const net::Route& route) {
  std::string text = route.type == net::RouteType::kUnreachable ? "!" : "";
  text += net::to_string(route.destination);
  if (route.via) text += ">" + net::to_string(*route.via);
  if (!route.device.empty()) text += "%" + route.device;
  for (const net::NextHop& hop : route.others) {
    text += "|" + net::to_string(hop.via) + "%" + hop.device;
  }
  if (route.metric != 0) text += "#" + std::to_string(route.metric);
  if (route.source) text += "<" + net::to_string(*route.source);
  return text;
}

std::string name_of(Errc code) {
  switch (code) {
    case Errc::kInvalidArgument:
      return "invalid";
    case Errc::kNotFound:
      return "not_found";
    case Errc::kAlreadyExists:
      return "exists";
    case Errc::kResourceExhausted:
      return "exhausted";
    case Errc::kFailedPrecondition:
      return "precondition";
    case Errc::kPermissionDenied:
      return "denied";
    case Errc::kUnavailable:
      return "unavailable";
    case Errc::kUnimplemented:
      return "unimplemented";
    case Errc::kCancelled:
      return "cancelled";
    case Errc::kInternal:
      return "internal";
  }
  return "?";
}

bool eventually(const std::function<bool()>& happened) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!happened()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

Twin::Twin(bool real) {
  if (real) root_ = make_root();
  kernel_ = real ? open_linux(root_) : make_fake();
}

Twin::~Twin() {
  const auto names = namespaces().list();
  if (names) {
    for (const std::string& name : *names) does(namespaces().remove(name));
  }
  std::error_code ignored;
  if (real()) std::filesystem::remove_all(root_, ignored);
}

Twin& Twin::write(const std::string& words) {
  if (!transcript_.empty()) transcript_ += ' ';
  transcript_ += words;
  return *this;
}

Twin& Twin::does(const Status& status) {
  return write(status ? "ok" : name_of(status.error().code));
}

void Twin::must(const Status& status) {
  if (status) return;
  std::fprintf(stderr, "a scene could not be made: %s\n", status.error().message.c_str());
  std::abort();
}

Twin& Twin::create(const std::string& netns) {
  return does(namespaces().create(netns, "vinet:test:" + netns));
}

Twin& Twin::remove(const std::string& netns) {
  return does(namespaces().remove(netns));
}

Twin& Twin::leave_empty_file(const std::string& netns) {
  if (!real()) {
    kernel::leave_empty_file(kernel(), netns);
    return *this;
  }
  std::filesystem::create_directories(root_ + "/run/netns");
  const Fd file(open((root_ + "/run/netns/" + netns).c_str(), O_CREAT | O_RDONLY | O_CLOEXEC, 0));
  if (!file) must(Error{Errc::kInternal, "open"});
  return *this;
}

Twin& Twin::settings(const std::string& netns, const net::NamespaceSettings& settings) {
  return does(namespaces().write_settings(netns, settings));
}

Twin& Twin::veth(const std::string& a_netns, const net::Device& a, const std::string& b_netns,
                 const net::Device& b) {
  return does(links().create_veth(a_netns, a, b_netns, b));
}

Twin& Twin::configure(const std::string& netns, const net::Device& wanted) {
  return does(links().configure_device(netns, wanted));
}

Twin& Twin::delete_device(const std::string& netns, const std::string& name) {
  return does(links().delete_device(netns, name));
}

Twin& Twin::delete_devices(const std::string& netns, const std::vector<std::string>& names) {
  return does(links().delete_devices(netns, names));
}

Twin& Twin::add(const std::string& netns, const std::string& name, const std::string& text) {
  return does(links().add_address(netns, name, address(text)));
}

Twin& Twin::drop(const std::string& netns, const std::string& name, const std::string& text) {
  return does(links().delete_address(netns, name, address(text)));
}

Twin& Twin::add_route(const std::string& netns, const std::string& text) {
  return does(links().add_route(netns, route(text)));
}

Twin& Twin::replace_route(const std::string& netns, const std::string& text) {
  return does(links().replace_route(netns, route(text)));
}

Twin& Twin::share(const std::string& netns, const std::string& name, const net::Share& share) {
  return does(links().set_share(netns, name, share));
}

/// `{rate: id=rate ...}`, rates in kbit/s.
Twin& Twin::shares(const std::string& netns, const std::string& name) {
  const auto found = links().find_device(netns, name);
  if (!found) return does(found.error());
  std::string text = "{" + std::to_string(found->device.shaping.rate_bps / 1000) + ":";
  for (const net::Share& share : found->shares) {
    text += " " + std::to_string(share.id) + "=" + std::to_string(share.rate_bps / 1000);
  }
  write(text + "}");
  return *this;
}

Twin& Twin::drop_route(const std::string& netns, const std::string& text) {
  return does(links().delete_route(netns, route(text)));
}

Twin& Twin::shape(const std::string& netns, const std::string& name, const net::Shaping& shaping) {
  return does(links().set_shaping(netns, name, shaping));
}

Twin& Twin::names() {
  const auto names = namespaces().list();
  if (!names) return does(names.error());
  std::string text = "[";
  for (const std::string& name : *names) text += (text.size() > 1 ? " " : "") + name;
  return write(text + "]");
}

Twin& Twin::show_settings(const std::string& netns) {
  const auto found = namespaces().read_settings(netns);
  if (!found) return does(found.error());
  std::string text = "[";
  if (found->ipv6) text += "ipv6 ";
  if (found->ipv6_forwarding) text += "forwarding ";
  if (found->icmp_unlimited) text += "icmp ";
  if (found->rp_filter_off) text += "weak ";
  if (text.size() > 1) text.pop_back();
  return write(text + "]");
}

Twin& Twin::show_devices(const std::string& netns) {
  const auto devices = links().list_devices(netns);
  if (!devices) return does(devices.error());
  std::string text = "[";
  for (const ObservedDevice& found : *devices) {
    text += (text.size() > 1 ? " " : "") + found.device.name + (found.carrier ? "+" : "-");
  }
  return write(text + "]");
}

Twin& Twin::show(const std::string& netns, const std::string& name) {
  const auto found = links().find_device(netns, name);
  if (!found) return does(found.error());
  const net::Device& shown = found->device;
  std::ostringstream text;
  text << "[" << shown.name << " " << found->kind << " " << shown.alias << " mtu "
       << shown.mtu_bytes << (shown.up ? " up" : " down") << (shown.arp ? " arp" : "")
       << (shown.forwarding ? " forwarding" : "") << (shown.ignore_linkdown ? " linkdown" : "")
       << " gso " << shown.gso_max_bytes;
  if (shown.shaping.rate_bps != 0) text << " rate " << shown.shaping.rate_bps;
  if (shown.shaping.delay_us != 0) text << " delay " << shown.shaping.delay_us;
  text << "]";
  return write(text.str());
}

Twin& Twin::addresses(const std::string& netns, const std::string& name) {
  const auto found = links().find_device(netns, name);
  if (!found) return does(found.error());
  std::string text = "[";
  for (const auto& one : found->device.addresses) {
    text += (text.size() > 1 ? " " : "") + to_string(one);
  }
  return write(text + "]");
}

Twin& Twin::routes(const std::string& netns) {
  const auto found = links().list_routes(netns);
  if (!found) return does(found.error());
  std::string text = "[";
  for (const auto& one : *found) text += (text.size() > 1 ? " " : "") + to_string(one);
  return write(text + "]");
}

Twin& Twin::watch(const std::set<std::string>& namespaces) {
  kernel_->route_watch().watch(namespaces);
  return *this;
}

Twin& Twin::changed() {
  std::string text = "[";
  for (const std::string& name : kernel_->route_watch().take_changed()) {
    text += (text.size() > 1 ? " " : "") + name;
  }
  return write(text + "]");
}

Twin& Twin::attachment(const std::string& machine) {
  const auto found = programs().observe(machine);
  if (!found) return does(found.error());
  std::string text = found->loaded ? "[loaded" : "[bare";
  if (found->block_filter) text += " block";
  for (const std::string& name : found->backsides) text += " " + name + "/backside";
  for (const std::string& name : found->base_devices) text += " " + name + "/base";
  return write(text + "]");
}

Twin& Twin::joined() {
  must(namespaces().create("A", "vinet:test:A"));
  must(namespaces().create("B", "vinet:test:B"));
  must(links().create_veth("A", device("x"), "B", device("y")));
  must(links().configure_device("A", device("x")));
  must(links().configure_device("B", device("y")));
  must(links().add_address("A", "x", address("10.0.0.1 peer 10.0.0.2/32")));
  must(links().add_address("A", "x", address("fd00::1 peer fd00::2/128")));
  must(links().add_address("B", "y", address("10.0.0.2 peer 10.0.0.1/32")));
  must(links().add_address("B", "y", address("fd00::2 peer fd00::1/128")));
  return *this;
}

Twin& Twin::joined_twice() {
  joined();
  must(links().create_veth("A", device("z"), "B", device("w")));
  must(links().configure_device("A", device("z")));
  must(links().configure_device("B", device("w")));
  must(links().add_address("A", "z", address("10.0.0.3 peer 10.0.0.4/32")));
  must(links().add_address("A", "z", address("fd00::3 peer fd00::4/128")));
  return *this;
}

Twin& Twin::machine() {
  must(namespaces().create("M", "vinet:test:M"));
  must(namespaces().create("N", "vinet:test:N"));
  must(links().create_veth("N", device("vl"), "M", device("v1")));
  must(programs().bind_backside("M", "v1"));
  must(programs().load("M", 0x0100000a, 0));
  must(programs().attach_block("M"));
  return *this;
}

}  // namespace vinet::kernel
