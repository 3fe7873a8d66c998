// One case runs on both twins of the kernel's doors: a script of calls, and the transcript that it
// must leave: the code of each call ("ok", "already_exists", ...) and what the kernel shows
// afterwards, as words.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "kernel/kernel.h"

namespace vinet::kernel {

/// A kernel with a root of its own, and pen and paper. All that a script made is removed at the
/// end.
class Twin {
 public:
  /// `real`: the computer's kernel, under a directory of its own in /tmp.
  explicit Twin(bool real);
  ~Twin();
  Twin(const Twin&) = delete;
  Twin& operator=(const Twin&) = delete;

  Kernel& kernel() { return *kernel_; }
  Namespaces& namespaces() { return kernel_->namespaces(); }
  Links& links() { return kernel_->links(); }
  Programs& programs() { return kernel_->programs(); }
  const std::string& root() const { return root_; }
  bool real() const { return !root_.empty(); }

  // Steps. Each writes the code of its call.
  Twin& does(const Status& status);
  Twin& create(const std::string& netns);
  Twin& remove(const std::string& netns);
  /// A file without a namespace, as a killed process leaves it.
  Twin& leave_empty_file(const std::string& netns);
  Twin& settings(const std::string& netns, const net::NamespaceSettings& settings);
  Twin& veth(const std::string& a_netns, const net::Device& a, const std::string& b_netns,
             const net::Device& b);
  Twin& configure(const std::string& netns, const net::Device& device);
  Twin& delete_device(const std::string& netns, const std::string& device);
  Twin& delete_devices(const std::string& netns, const std::vector<std::string>& devices);
  /// `address`: "10.0.0.1/24" or "10.0.0.1 peer 10.0.0.2/32".
  Twin& add(const std::string& netns, const std::string& device, const std::string& address);
  Twin& drop(const std::string& netns, const std::string& device, const std::string& address);
  /// `route`: "10.1.0.0/16 [via 10.0.0.2] [dev x] [or 10.0.0.4%z] [metric 5] [src 10.0.0.1]", or
  /// "unreachable 10.1.0.0/16".
  Twin& add_route(const std::string& netns, const std::string& route);
  Twin& replace_route(const std::string& netns, const std::string& route);
  Twin& drop_route(const std::string& netns, const std::string& route);
  /// Watches these namespaces' routes.
  Twin& watch(const std::set<std::string>& namespaces);
  Twin& shape(const std::string& netns, const std::string& device, const net::Shaping& shaping);

  // Looks. Each writes what is there.
  Twin& write(const std::string& words);
  Twin& names();
  Twin& show_settings(const std::string& netns);
  Twin& show_devices(const std::string& netns);  ///< names with carrier
  Twin& show(const std::string& netns, const std::string& device);
  Twin& addresses(const std::string& netns, const std::string& device);
  Twin& share(const std::string& netns, const std::string& device, const net::Share& share);
  Twin& shares(const std::string& netns, const std::string& device);
  Twin& routes(const std::string& netns);
  Twin& changed();  ///< namespaces of which the watch has been told since
  Twin& attachment(const std::string& machine);

  // Ready-made scenes, which write nothing and abort the case when they fail.
  /// Namespaces A and B joined by x (in A, 10.0.0.1 peer 10.0.0.2 and fd00::1 peer fd00::2) and y
  /// (in B, mirrored), both up.
  Twin& joined();
  /// The same, and a second link: z (in A, 10.0.0.3 peer 10.0.0.4 and fd00::3 peer fd00::4) and w,
  /// both up.
  Twin& joined_twice();
  /// Machine M with a bound backside v1 (its vl in N), programs loaded, filter on the block.
  Twin& machine();

  const std::string& transcript() const { return transcript_; }

 private:
  void must(const Status& status);

  std::string root_;
  std::unique_ptr<Kernel> kernel_;
  std::string transcript_;
};

struct Case {
  std::string name;
  std::string transcript;  ///< expected
  std::function<void(Twin&)> script;
};

std::vector<Case> namespace_cases();
std::vector<Case> device_cases();
std::vector<Case> address_cases();
std::vector<Case> route_cases();
std::vector<Case> program_cases();
std::vector<Case> inspect_cases();
std::vector<Case> watch_cases();

/// A device named so, MAC from its name, up, without ARP.
net::Device device(const std::string& name);
/// The same, changed.
net::Device device(const std::string& name, const std::function<void(net::Device&)>& change);
net::InterfaceAddress address(const std::string& text);
net::Route route(const std::string& text);
std::string to_string(const net::InterfaceAddress& address);
std::string to_string(const net::Route& route);
std::string name_of(Errc code);

/// Waits until `happened`, at most ten seconds. Returns whether it did.
bool eventually(const std::function<bool()>& happened);

}  // namespace vinet::kernel
