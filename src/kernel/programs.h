// Door 3: the link layer's programs and maps, one set per machine namespace (bpf/vi_abi.h).
//
// Nothing is pinned. The tc filters hold the programs and the programs hold the maps, so all of it
// lives exactly as long as the machine's namespace, without a process; user space finds it again by
// asking the filters.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "kernel/inspect.h"
#include "kernel/map_keys.h"
#include "support/result.h"
#include "vi_abi.h"

namespace vinet::kernel {

/// What is attached in one machine.
struct Attachment {
  bool loaded =
      false;  ///< programs and maps exist (found through a filter, or loaded by this object)
  bool block_filter = false;              ///< vi_backside is on the shared block
  std::vector<std::string> backsides;     ///< devices whose clsact ingress is our block; sorted
  std::vector<std::string> base_devices;  ///< devices with vi_base on clsact ingress; sorted
  std::vector<uint32_t> program_ids;      ///< to see when the kernel has let go of them
  friend bool operator==(const Attachment&, const Attachment&) = default;
};

class Programs {
 public:
  virtual ~Programs() = default;

  virtual Result<Attachment> observe(const std::string& machine) = 0;

  /// Loads programs and maps for a machine that has none and sets vi_config. They live with this
  /// object until a filter holds them. Errors carry the verifier's log.
  /// `node`: what the machine is called in keys where it is a node of an internet; else 0, and it
  /// has a base address.
  virtual Status load(const std::string& machine, uint32_t base_address_be, uint64_t node) = 0;
  /// Lets go of what `load` and the lookups keep open for this machine.
  virtual void forget(const std::string& machine) = 0;

  /// Gives a backside a clsact qdisc whose ingress is the shared block. The device must be down:
  /// fail closed.
  virtual Status bind_backside(const std::string& machine, const std::string& device) = 0;
  /// Puts vi_backside on the block, or replaces it atomically. The block exists while a backside is
  /// bound.
  virtual Status attach_block(const std::string& machine) = 0;
  /// Gives a base device the clsact qdisc that attach_base needs, before it carries packets: the
  /// kernel drops for some milliseconds what a device sends while it gets or loses one. Fine if it
  /// has one.
  virtual Status prepare_base(const std::string& machine, const std::string& device) = 0;
  /// Where the device is net::kWholeDevice, fragments are put together from now on; where it is lo,
  /// vi_loop is attached instead of vi_base.
  virtual Status attach_base(const std::string& machine, const std::string& device) = 0;
  /// Removes our filter. The clsact qdisc goes with the device; in the own namespace, and in nodes,
  /// with the last filter.
  virtual Status detach_base(const std::string& machine, const std::string& device) = 0;

  /// Which of these attached programs are not of this build of vinet: loaded by another one, or not
  /// by vinet. Cost: own programs are loaded once in the life of this object.
  virtual Result<std::set<uint32_t>> of_other_builds(const std::vector<uint32_t>& program_ids) = 0;
  /// Puts this build's programs, around the maps that are there, in the place of such ones. Each at
  /// once, so that no packet meets a hook without a program, and one after the other: who is
  /// stopped between two has old and new ones side by side, which work on the same maps, and renews
  /// the rest next time. Errors: failed_precondition where maps are of another layout.
  virtual Status renew(const std::string& machine) = 0;

  virtual Status put_link(const std::string& machine, uint32_t backside, const vi_link& link) = 0;
  virtual Status erase_link(const std::string& machine, uint32_t backside) = 0;
  /// vi_stacks: all headers of a link that has more than VI_SHORT_HEADERS.
  virtual Status put_stack(const std::string& machine, uint32_t backside,
                           const vi_stack& stack) = 0;
  virtual Status erase_stack(const std::string& machine, uint32_t backside) = 0;
  virtual Status put_key(const std::string& machine, const vi_key& key, const vi_end& end) = 0;
  virtual Status erase_key(const std::string& machine, const vi_key& key) = 0;
  virtual Status put_upper(const std::string& machine, const vi_upper& key, const vi_end& end) = 0;
  virtual Status erase_upper(const std::string& machine, const vi_upper& key) = 0;
  /// vi_own: whose link address it is.
  virtual Status put_own(const std::string& machine, const vi_address& link_address,
                         uint32_t backside) = 0;
  virtual Status erase_own(const std::string& machine, const vi_address& link_address) = 0;
  /// vi_sources: what else a checked node may send from.
  virtual Status put_source(const std::string& machine, const vi_address& source) = 0;
  virtual Status erase_source(const std::string& machine, const vi_address& source) = 0;
  /// Makes (zeroed) or removes the counters of a backside, and its state for `rate` and `loss`.
  virtual Status put_counters(const std::string& machine, uint32_t backside) = 0;
  virtual Status erase_counters(const std::string& machine, uint32_t backside) = 0;

  virtual Result<std::map<uint32_t, vi_link>> list_links(const std::string& machine) = 0;
  virtual Result<std::vector<std::pair<vi_key, vi_end>>> list_keys(const std::string& machine) = 0;
  virtual Result<std::map<uint32_t, vi_stack>> list_stacks(const std::string& machine) = 0;
  virtual Result<std::vector<std::pair<vi_upper, vi_end>>> list_uppers(
      const std::string& machine) = 0;
  virtual Result<OwnMap> list_own(const std::string& machine) = 0;
  virtual Result<SourceSet> list_sources(const std::string& machine) = 0;
  /// Summed over the CPUs; index 0 = what belongs to no link.
  virtual Result<std::map<uint32_t, vi_counters>> list_counters(const std::string& machine) = 0;

  /// vi_paths: what is decided about the base path to another machine.
  virtual Status put_path(const std::string& machine, uint32_t far_be, const vi_path& path) = 0;
  virtual Status erase_path(const std::string& machine, uint32_t far_be) = 0;
  virtual Result<std::map<uint32_t, vi_path>> list_paths(const std::string& machine) = 0;
  /// Takes what the programs have heard of the paths since the last time.
  virtual Result<std::map<uint32_t, vi_heard>> take_heard(const std::string& machine) = 0;

  /// Which echo the programs shall report (vi_config.probe_nonce); 0 ends it.
  virtual Status set_probe(const std::string& machine, uint64_t nonce) = 0;
  /// Takes what has been reported so far, oldest first.
  virtual Result<std::vector<vi_record>> take_records(const std::string& machine) = 0;

  /// Backsides that have state for `rate` and `loss`.
  virtual Result<std::set<uint32_t>> list_shapes(const std::string& machine) = 0;
  /// vi_config. Errors: failed_precondition where nothing is loaded.
  virtual Result<vi_config> read_config(const std::string& machine) = 0;
  /// All filters of a machine's devices and of the shared block, strangers' too, sorted by where
  /// they are and their priority.
  virtual Result<std::vector<Filter>> list_all_filters(const std::string& machine) = 0;
  /// The tags of the programs that `load` would load, by name. They are loaded for that and let go.
  virtual Result<std::map<std::string, std::string>> own_tags() = 0;

  /// Of how many backsides the maps of one machine can hold the entries.
  virtual size_t most_links() const = 0;

  /// Is a program with this id still known to the kernel?
  virtual Result<bool> exists(uint32_t program_id) = 0;

  /// Can this kernel do what the link layer needs? The error says what is missing and what to do.
  virtual Status probe_features() = 0;
};

}  // namespace vinet::kernel
