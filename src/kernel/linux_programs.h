// The real door 3. Attaching is in linux_programs.cc, the maps in linux_maps.cc, the probe of
// features in linux_features.cc, and how programs of another build are told and replaced in
// linux_renewal.cc.
#pragma once

#include <functional>
#include <memory>

#include "kernel/linux_bpf.h"
#include "kernel/linux_context.h"
#include "kernel/linux_tc.h"
#include "kernel/programs.h"

struct ring_buffer;

namespace vinet::kernel {

class LinuxPrograms final : public Programs {
 public:
  explicit LinuxPrograms(LinuxContext& context);

  Result<Attachment> observe(const std::string& machine) override;
  Status load(const std::string& machine, uint32_t base_address_be, uint64_t node) override;
  void forget(const std::string& machine) override;
  Status bind_backside(const std::string& machine, const std::string& device) override;
  Status attach_block(const std::string& machine) override;
  Status prepare_base(const std::string& machine, const std::string& device) override;
  Status attach_base(const std::string& machine, const std::string& device) override;
  Status detach_base(const std::string& machine, const std::string& device) override;

  Result<std::set<uint32_t>> of_other_builds(const std::vector<uint32_t>& program_ids) override;
  Status renew(const std::string& machine) override;

  Status put_link(const std::string& machine, uint32_t backside, const vi_link& link) override;
  Status erase_link(const std::string& machine, uint32_t backside) override;
  Status put_key(const std::string& machine, const vi_key& key, const vi_end& end) override;
  Status erase_key(const std::string& machine, const vi_key& key) override;
  Status put_stack(const std::string& machine, uint32_t backside, const vi_stack& stack) override;
  Status erase_stack(const std::string& machine, uint32_t backside) override;
  Status put_upper(const std::string& machine, const vi_upper& key, const vi_end& end) override;
  Status erase_upper(const std::string& machine, const vi_upper& key) override;
  Status put_own(const std::string& machine, const vi_address& link_address,
                 uint32_t backside) override;
  Status erase_own(const std::string& machine, const vi_address& link_address) override;
  Status put_source(const std::string& machine, const vi_address& source) override;
  Status erase_source(const std::string& machine, const vi_address& source) override;
  Status put_counters(const std::string& machine, uint32_t backside) override;
  Status erase_counters(const std::string& machine, uint32_t backside) override;

  Result<std::map<uint32_t, vi_link>> list_links(const std::string& machine) override;
  Result<std::vector<std::pair<vi_key, vi_end>>> list_keys(const std::string& machine) override;
  Result<std::map<uint32_t, vi_stack>> list_stacks(const std::string& machine) override;
  Result<std::vector<std::pair<vi_upper, vi_end>>> list_uppers(const std::string& machine) override;
  Result<OwnMap> list_own(const std::string& machine) override;
  Result<SourceSet> list_sources(const std::string& machine) override;
  Result<std::map<uint32_t, vi_counters>> list_counters(const std::string& machine) override;

  Status put_path(const std::string& machine, uint32_t far_be, const vi_path& path) override;
  Status erase_path(const std::string& machine, uint32_t far_be) override;
  Result<std::map<uint32_t, vi_path>> list_paths(const std::string& machine) override;
  Result<std::map<uint32_t, vi_heard>> take_heard(const std::string& machine) override;

  Status set_probe(const std::string& machine, uint64_t nonce) override;
  Result<std::vector<vi_record>> take_records(const std::string& machine) override;
  Result<std::set<uint32_t>> list_shapes(const std::string& machine) override;
  Result<vi_config> read_config(const std::string& machine) override;
  Result<std::vector<Filter>> list_all_filters(const std::string& machine) override;
  Result<std::map<std::string, std::string>> own_tags() override;
  size_t most_links() const override { return VI_MAX_LINKS; }
  Result<bool> exists(uint32_t program_id) override;
  Status probe_features() override;

 private:
  struct CloseRing {
    void operator()(ring_buffer* ring) const;
  };
  /// What is kept open of one machine's programs.
  struct Held {
    LoadedPrograms loaded;  ///< programs: only those that this object loaded itself
    std::unique_ptr<std::vector<vi_record>> records;  ///< where the ring puts them; stays in place
    std::unique_ptr<ring_buffer, CloseRing> ring;
  };
  /// A filter of ours.
  struct Hung {
    TcHook hook;
    std::string device;  ///< empty: on the block
    std::string name;
    uint32_t program_id = 0;
  };
  /// What hangs on the filters of a machine.
  struct Attached {
    Attachment attachment;
    std::vector<Hung> filters;
    std::map<std::string, uint32_t> program_ids;  ///< by name
  };

  Result<Attached> find_attached(const std::string& machine);
  /// What is held, after a look at the filters; null if the machine has no programs.
  Result<Held*> find(const std::string& machine);
  /// The same for who cannot do without. Errors: failed_precondition.
  Result<Held*> require(const std::string& machine);
  /// A program's descriptor: held, or attached, or loaded once more around the maps that are there.
  Result<int> program(const std::string& machine, const std::string& name);
  /// Programs that this object has loaded need not be asked about again.
  Status note_own(const LoadedPrograms& loaded);
  static int on_record(void* records, void* data, size_t bytes);

  Status use_reassembly(const std::string& machine, NetlinkSocket& socket, int whole_ifindex);
  /// Reads vi_config, lets `change` alter it, writes it.
  Status change_config(const std::string& machine, const std::function<void(vi_config&)>& change);
  Status make_counters(const std::string& machine, uint32_t backside);
  /// All of a map whose keys are numbers.
  template <typename Value>
  Result<std::map<uint32_t, Value>> list_by_number(const std::string& machine, const char* name);
  /// All of a map from keys to ends.
  template <typename Key>
  Result<std::vector<std::pair<Key, vi_end>>> list_ends(const std::string& machine,
                                                        const char* name);
  Status update(const std::string& machine, const char* map, const void* key, const void* value);
  Status erase(const std::string& machine, const char* map, const void* key);

  LinuxContext& context_;
  std::map<std::string, Held> held_;
  std::map<std::string, std::string> tags_;  // own_tags, once they are known
  std::set<uint32_t> current_;               // programs that were seen to be of this build
};

}  // namespace vinet::kernel
