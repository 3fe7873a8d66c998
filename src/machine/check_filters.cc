// Filters: whether a packet meets our programs, and nothing before them.
#include <fmt/format.h>

#include <algorithm>

#include "machine/check_context.h"
#include "slice/key_check.h"

namespace vinet::machine {
namespace {

using kernel::Filter;

std::string text_of(const Filter& filter) {
  return fmt::format("{} filter{}{}, priority {}", filter.kind, filter.name.empty() ? "" : " ",
                     filter.name, filter.priority);
}

class FilterCheck {
 public:
  FilterCheck(CheckContext& context, const std::string& machine,
              const std::map<std::string, std::string>& tags, std::vector<Filter> filters)
      : context_(context), machine_(machine), tags_(tags), filters_(std::move(filters)) {}

  void run() {
    const auto programs = context_.view.programs.find(machine_);
    static const kernel::Attachment kNothing;
    const kernel::Attachment& held =
        programs == context_.view.programs.end() ? kNothing : programs->second.attachment;
    std::set<std::string> base_devices;
    for (const slice::Slice& slice : context_.request.want) {
      if (slice.machine != machine_ || !context_.is_asked_for(slice.owner)) continue;
      if (slice.link_ends.empty()) continue;
      owner_ = slice.owner;
      context_.compared[owner_].filters += slice.base_devices.size() + 1;  // and the block's
      for (const slice::Veth& veth : slice.veths) check_backside(veth, held);
      for (const std::string& device : slice.base_devices) {
        // The machine's devices are told of with its base.
        if (context_.space(machine_)->find(device) == nullptr) continue;
        if (!base_devices.insert(device).second) continue;
        const bool is_loop = device == "lo";
        check_hook(device, is_loop ? "vi_loop" : "vi_base",
                   is_loop ? "device lo" : "base device " + device);
      }
    }
    check_hook("", "vi_backside", "the block of all backsides");
    for (const Filter& filter : filters_) {
      if (filter.egress && !context_.space(machine_)->own)
        note("egress of device " + filter.device, text_of(filter));
    }
  }

 private:
  void fault(std::string what, std::string planned, std::string found) {
    context_.fault(owner_, machine_, std::move(what), std::move(planned), std::move(found));
  }
  void note(std::string what, std::string found) {
    context_.note(owner_, machine_, std::move(what), "", std::move(found));
  }

  void check_backside(const slice::Veth& veth, const kernel::Attachment& held) {
    const auto* device = context_.space(machine_)->find(veth.b.name);
    if (device == nullptr) return;  // told
    ++context_.compared[owner_].filters;
    const std::string title = "backside of " + slice::name_of_end(veth);
    if (!std::binary_search(held.backsides.begin(), held.backsides.end(), veth.b.name)) {
      fault(title, "its packets go through vi_backside",
            "no filter: what its node sends reaches the machine's stack");
    }
    for (const Filter& filter : filters_) {
      if (filter.device == veth.b.name && !filter.egress) fault(title, "", text_of(filter));
    }
  }

  /// Of a device, or of the block: our program first, and its code ours.
  void check_hook(const std::string& device, const std::string& program, const std::string& title) {
    const Filter* ours = nullptr;
    const Filter* previous = nullptr;
    for (const Filter& filter : filters_) {
      if (filter.device != device || filter.egress) continue;
      // One filter of some kinds is shown as several.
      const bool again = previous != nullptr && text_of(*previous) == text_of(filter);
      previous = &filter;
      if (again) continue;
      const bool is_ours = filter.kind == "bpf" && filter.name == program &&
                           filter.priority == VI_FILTER_PRIO && ours == nullptr;
      if (is_ours) {
        ours = &filter;
      } else if (ours == nullptr) {
        fault("filter of " + title, "none before " + program, text_of(filter));
      } else {
        note("filter of " + title + " after " + program, text_of(filter));
      }
    }
    if (ours == nullptr) return fault("filter of " + title, program, "");
    const auto tag = tags_.find(program);
    if (tag != tags_.end() && tag->second != ours->tag) {
      fault("program of " + title, fmt::format("{} with tag {}", program, tag->second),
            fmt::format("tag {}: loaded by another build of vinet, or not by vinet", ours->tag));
    }
  }

  CheckContext& context_;
  const std::string& machine_;
  const std::map<std::string, std::string>& tags_;
  const std::vector<Filter> filters_;
  std::string owner_;
};

}  // namespace

Status check_filters(CheckContext& context, const std::string& machine,
                     const std::map<std::string, std::string>& tags) {
  ASSIGN_OR_RETURN(auto filters, context.kernel.programs().list_all_filters(machine));
  FilterCheck(context, machine, tags, std::move(filters)).run();
  return ok();
}

}  // namespace vinet::machine
