// The fake door 3. Programs and maps are shared pointers: filters and this door hold them, and with
// the last holder they go, as in the kernel.
#include <algorithm>
#include <cerrno>
#include <utility>

#include "kernel/fake_doors.h"

namespace vinet::kernel {
namespace {

constexpr const char* kBackside = "vi_backside";
constexpr const char* kBase = "vi_base";
constexpr const char* kLoop = "vi_loop";

/// What hangs on filters in a machine.
std::vector<std::shared_ptr<FakeProgram>> attached_in(const FakeNamespace& space) {
  std::vector<std::shared_ptr<FakeProgram>> attached;
  for (const auto& [ifindex, device] : space.devices) {
    if (device.base_filter) attached.push_back(device.base_filter);
  }
  if (space.block_filter) attached.push_back(space.block_filter);
  return attached;
}

template <typename Map>
Status erase_from(Map& map, const typename Map::key_type& key, const std::string& what) {
  if (map.erase(key) == 0) return errno_error("erase " + what, ENOENT);
  return ok();
}

}  // namespace

FakePrograms::FakePrograms(FakeState& state) : state_(state) {
  state_.on_forget.push_back([this](const std::string& machine) { forget(machine); });
}

void FakePrograms::forget(const std::string& machine) {
  held_.erase(machine);
}

Result<Attachment> FakePrograms::observe(const std::string& machine) {
  ASSIGN_OR_RETURN(const FakeNamespace* space, state_.open(machine));
  Attachment attachment;
  for (const auto& [ifindex, device] : space->devices) {
    if (device.in_block) attachment.backsides.push_back(device.device.name);
    if (device.base_filter) attachment.base_devices.push_back(device.device.name);
  }
  attachment.block_filter = space->block_filter != nullptr;
  std::vector<uint32_t>& ids = attachment.program_ids;
  for (const auto& program : attached_in(*space)) ids.push_back(program->id);
  if (const auto held = held_.find(machine); held != held_.end()) {
    attachment.loaded = true;
    for (const auto& [name, program] : held->second.programs) ids.push_back(program->id);
  }
  attachment.loaded = attachment.loaded || !ids.empty();
  std::sort(attachment.backsides.begin(), attachment.backsides.end());
  std::sort(attachment.base_devices.begin(), attachment.base_devices.end());
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return attachment;
}

Result<FakePrograms::Held*> FakePrograms::find(const std::string& machine) {
  ASSIGN_OR_RETURN(const FakeNamespace* space, state_.open(machine));
  if (const auto held = held_.find(machine); held != held_.end()) return &held->second;
  const auto attached = attached_in(*space);
  if (attached.empty()) return nullptr;
  held_[machine].maps = attached.front()->maps;
  return &held_[machine];
}

Result<FakePrograms::Held*> FakePrograms::require(const std::string& machine) {
  ASSIGN_OR_RETURN(Held * held, find(machine));
  if (held == nullptr) {
    return Error{Errc::kFailedPrecondition, "machine " + machine + " has no programs loaded"};
  }
  return held;
}

Status FakePrograms::load(const std::string& machine, uint32_t base_address_be, uint64_t node) {
  TRY(state_.calls.count("programs.load " + machine));
  ASSIGN_OR_RETURN(Held* const present, find(machine));
  if (present != nullptr) return errno_error("load programs of " + machine, EEXIST);
  Held held;
  held.maps = std::make_shared<FakeMaps>();
  held.maps->base_address_be = base_address_be;
  held.maps->node = node;
  held.maps->counters[0] = {};
  for (const char* name : {kBackside, kBase, kLoop}) {
    held.programs[name] = state_.make_program(name, held.maps);
  }
  held_[machine] = std::move(held);
  return ok();
}

Result<std::shared_ptr<FakeProgram>> FakePrograms::program(const std::string& machine,
                                                           const std::string& name) {
  ASSIGN_OR_RETURN(Held * held, require(machine));
  ASSIGN_OR_RETURN(const FakeNamespace* space, state_.open(machine));
  std::shared_ptr<FakeProgram>& program = held->programs[name];
  if (program) return program;
  for (const auto& attached : attached_in(*space)) {
    if (attached->name == name) program = attached;
  }
  if (!program) program = state_.make_program(name, held->maps);
  return program;
}

Status FakePrograms::bind_backside(const std::string& machine, const std::string& device) {
  TRY(state_.calls.count("programs.bind_backside " + machine + " " + device));
  const std::string attempt = "bind backside " + device + " in " + machine;
  ASSIGN_OR_RETURN(FakeDevice * backside, state_.find_device(machine, device));
  if (backside->device.up) return errno_error(attempt + ": the device is up", EBUSY);
  if (backside->clsact) return errno_error(attempt, EEXIST);
  backside->clsact = true;
  backside->in_block = true;
  return ok();
}

Status FakePrograms::attach_block(const std::string& machine) {
  TRY(state_.calls.count("programs.attach_block " + machine));
  ASSIGN_OR_RETURN(auto filter, program(machine, kBackside));
  ASSIGN_OR_RETURN(FakeNamespace * space, state_.open(machine));
  const bool block = std::any_of(space->devices.begin(), space->devices.end(),
                                 [](const auto& entry) { return entry.second.in_block; });
  if (!block) {
    return Error{Errc::kFailedPrecondition, "attach the block of " + machine + ": no backside"};
  }
  space->block_filter = std::move(filter);
  return ok();
}

Status FakePrograms::prepare_base(const std::string& machine, const std::string& device) {
  TRY(state_.calls.count("programs.prepare_base " + machine + " " + device));
  ASSIGN_OR_RETURN(FakeDevice * base, state_.find_device(machine, device));
  base->clsact = true;
  return ok();
}

Status FakePrograms::attach_base(const std::string& machine, const std::string& device) {
  TRY(state_.calls.count("programs.attach_base " + machine + " " + device));
  ASSIGN_OR_RETURN(auto filter, program(machine, device == "lo" ? kLoop : kBase));
  ASSIGN_OR_RETURN(FakeDevice * base, state_.find_device(machine, device));
  if (base->in_block) {
    return errno_error("attach base device " + device + ": it is a backside", EOPNOTSUPP);
  }
  base->clsact = true;
  base->base_filter = std::move(filter);
  return ok();
}

Status FakePrograms::detach_base(const std::string& machine, const std::string& device) {
  TRY(state_.calls.count("programs.detach_base " + machine + " " + device));
  ASSIGN_OR_RETURN(FakeDevice * base, state_.find_device(machine, device));
  if (!base->base_filter) return errno_error("detach base device " + device, ENOENT);
  const std::shared_ptr<FakeProgram> gone = std::exchange(base->base_filter, nullptr);
  const bool own = state_.own_names.contains(machine);
  if (gone->maps->node != 0 || device == "lo" || own) base->clsact = false;
  return ok();
}

Result<std::set<uint32_t>> FakePrograms::of_other_builds(const std::vector<uint32_t>& program_ids) {
  std::set<uint32_t> others;
  for (const auto& entry : state_.programs) {
    const auto program = entry.lock();
    if (program && program->altered &&
        std::find(program_ids.begin(), program_ids.end(), program->id) != program_ids.end()) {
      others.insert(program->id);
    }
  }
  return others;
}

Status FakePrograms::renew(const std::string& machine) {
  ASSIGN_OR_RETURN(Held * held, require(machine));
  ASSIGN_OR_RETURN(FakeNamespace * space, state_.open(machine));
  std::map<std::string, std::shared_ptr<FakeProgram>> renewed;
  const auto swap = [&](const std::string& where, std::shared_ptr<FakeProgram>& at) -> Status {
    if (!at || !at->altered) return ok();
    TRY(state_.calls.count("programs.renew " + machine + " " + where));
    std::shared_ptr<FakeProgram>& program = renewed[at->name];
    if (!program) program = state_.make_program(at->name, held->maps);
    at = program;
    return ok();
  };
  for (auto& [ifindex, device] : space->devices) TRY(swap(device.device.name, device.base_filter));
  TRY(swap("the block of backsides", space->block_filter));
  for (auto& [name, program] : renewed) held->programs[name] = program;
  return ok();
}

Status FakePrograms::put_link(const std::string& machine, uint32_t backside, const vi_link& link) {
  TRY(state_.calls.count("programs.put_link " + machine + " " + std::to_string(backside)));
  ASSIGN_OR_RETURN(Held * held, require(machine));
  held->maps->links[backside] = link;
  return ok();
}

Status FakePrograms::erase_link(const std::string& machine, uint32_t backside) {
  TRY(state_.calls.count("programs.erase_link " + machine + " " + std::to_string(backside)));
  ASSIGN_OR_RETURN(Held * held, require(machine));
  return erase_from(held->maps->links, backside, "link");
}

Status FakePrograms::put_key(const std::string& machine, const vi_key& key, const vi_end& end) {
  TRY(state_.calls.count("programs.put_key " + machine + " " + std::to_string(end.backside)));
  ASSIGN_OR_RETURN(Held * held, require(machine));
  held->maps->keys[key] = end;
  return ok();
}

Status FakePrograms::erase_key(const std::string& machine, const vi_key& key) {
  TRY(state_.calls.count("programs.erase_key " + machine));
  ASSIGN_OR_RETURN(Held * held, require(machine));
  return erase_from(held->maps->keys, key, "key");
}

Status FakePrograms::put_stack(const std::string& machine, uint32_t backside,
                               const vi_stack& stack) {
  TRY(state_.calls.count("programs.put_stack " + machine + " " + std::to_string(backside)));
  ASSIGN_OR_RETURN(Held * held, require(machine));
  held->maps->stacks[backside] = stack;
  return ok();
}

Status FakePrograms::erase_stack(const std::string& machine, uint32_t backside) {
  TRY(state_.calls.count("programs.erase_stack " + machine + " " + std::to_string(backside)));
  ASSIGN_OR_RETURN(Held * held, require(machine));
  return erase_from(held->maps->stacks, backside, "stack");
}

Status FakePrograms::put_upper(const std::string& machine, const vi_upper& key, const vi_end& end) {
  TRY(state_.calls.count("programs.put_upper " + machine + " " + std::to_string(end.backside)));
  ASSIGN_OR_RETURN(Held * held, require(machine));
  held->maps->uppers[key] = end;
  return ok();
}

Status FakePrograms::erase_upper(const std::string& machine, const vi_upper& key) {
  TRY(state_.calls.count("programs.erase_upper " + machine));
  ASSIGN_OR_RETURN(Held * held, require(machine));
  return erase_from(held->maps->uppers, key, "upper key");
}

Status FakePrograms::put_own(const std::string& machine, const vi_address& link_address,
                             uint32_t backside) {
  TRY(state_.calls.count("programs.put_own " + machine + " " + std::to_string(backside)));
  ASSIGN_OR_RETURN(Held * held, require(machine));
  held->maps->own[link_address] = backside;
  return ok();
}

Status FakePrograms::erase_own(const std::string& machine, const vi_address& link_address) {
  TRY(state_.calls.count("programs.erase_own " + machine));
  ASSIGN_OR_RETURN(Held * held, require(machine));
  return erase_from(held->maps->own, link_address, "own address");
}

Status FakePrograms::put_source(const std::string& machine, const vi_address& source) {
  TRY(state_.calls.count("programs.put_source " + machine));
  ASSIGN_OR_RETURN(Held * held, require(machine));
  held->maps->sources.insert(source);
  return ok();
}

Status FakePrograms::erase_source(const std::string& machine, const vi_address& source) {
  TRY(state_.calls.count("programs.erase_source " + machine));
  ASSIGN_OR_RETURN(Held * held, require(machine));
  if (held->maps->sources.erase(source) == 0) return errno_error("erase source", ENOENT);
  return ok();
}

Status FakePrograms::put_counters(const std::string& machine, uint32_t backside) {
  TRY(state_.calls.count("programs.put_counters " + machine + " " + std::to_string(backside)));
  ASSIGN_OR_RETURN(Held * held, require(machine));
  if (held->maps->counters.size() > state_.most_links && !held->maps->counters.contains(backside)) {
    return errno_error("put into vi_counts of " + machine, E2BIG);
  }
  held->maps->counters[backside] = {};
  return ok();
}

Status FakePrograms::erase_counters(const std::string& machine, uint32_t backside) {
  TRY(state_.calls.count("programs.erase_counters " + machine + " " + std::to_string(backside)));
  ASSIGN_OR_RETURN(Held * held, require(machine));
  return erase_from(held->maps->counters, backside, "counters");
}

Result<std::map<uint32_t, vi_link>> FakePrograms::list_links(const std::string& machine) {
  ASSIGN_OR_RETURN(const Held* held, find(machine));
  return held == nullptr ? std::map<uint32_t, vi_link>{} : held->maps->links;
}

Result<std::vector<std::pair<vi_key, vi_end>>> FakePrograms::list_keys(const std::string& machine) {
  ASSIGN_OR_RETURN(const Held* held, find(machine));
  std::vector<std::pair<vi_key, vi_end>> keys;
  if (held != nullptr) keys.assign(held->maps->keys.begin(), held->maps->keys.end());
  return keys;
}

Result<std::map<uint32_t, vi_stack>> FakePrograms::list_stacks(const std::string& machine) {
  ASSIGN_OR_RETURN(const Held* held, find(machine));
  return held == nullptr ? std::map<uint32_t, vi_stack>{} : held->maps->stacks;
}

Result<std::vector<std::pair<vi_upper, vi_end>>> FakePrograms::list_uppers(
    const std::string& machine) {
  ASSIGN_OR_RETURN(const Held* held, find(machine));
  std::vector<std::pair<vi_upper, vi_end>> uppers;
  if (held != nullptr) uppers.assign(held->maps->uppers.begin(), held->maps->uppers.end());
  return uppers;
}

Result<OwnMap> FakePrograms::list_own(const std::string& machine) {
  ASSIGN_OR_RETURN(const Held* held, find(machine));
  return held == nullptr ? OwnMap{} : held->maps->own;
}

Result<SourceSet> FakePrograms::list_sources(const std::string& machine) {
  ASSIGN_OR_RETURN(const Held* held, find(machine));
  return held == nullptr ? SourceSet{} : held->maps->sources;
}

Result<std::map<uint32_t, vi_counters>> FakePrograms::list_counters(const std::string& machine) {
  ASSIGN_OR_RETURN(const Held* held, find(machine));
  return held == nullptr ? std::map<uint32_t, vi_counters>{} : held->maps->counters;
}

Status FakePrograms::put_path(const std::string& machine, uint32_t far_be, const vi_path& path) {
  TRY(state_.calls.count("programs.put_path " + machine));
  ASSIGN_OR_RETURN(Held * held, require(machine));
  held->maps->paths[far_be] = path;
  return ok();
}

Status FakePrograms::erase_path(const std::string& machine, uint32_t far_be) {
  TRY(state_.calls.count("programs.erase_path " + machine));
  ASSIGN_OR_RETURN(Held * held, require(machine));
  return erase_from(held->maps->paths, far_be, "path");
}

Result<std::map<uint32_t, vi_path>> FakePrograms::list_paths(const std::string& machine) {
  ASSIGN_OR_RETURN(const Held* held, find(machine));
  return held == nullptr ? std::map<uint32_t, vi_path>{} : held->maps->paths;
}

Result<std::map<uint32_t, vi_heard>> FakePrograms::take_heard(const std::string& machine) {
  TRY(find(machine));
  return std::map<uint32_t, vi_heard>{};  // no packet ever moves here
}

Status FakePrograms::set_probe(const std::string& machine, uint64_t nonce) {
  TRY(state_.calls.count("programs.set_probe " + machine));
  ASSIGN_OR_RETURN(Held * held, require(machine));
  held->maps->probe_nonce = nonce;
  return ok();
}

Result<std::vector<vi_record>> FakePrograms::take_records(const std::string& machine) {
  TRY(find(machine));
  return std::vector<vi_record>{};  // no packet ever moves here
}

Result<bool> FakePrograms::exists(uint32_t program_id) {
  return std::any_of(state_.programs.begin(), state_.programs.end(), [&](const auto& entry) {
    const auto program = entry.lock();
    return program && program->id == program_id;
  });
}

Status FakePrograms::probe_features() {
  return ok();
}

}  // namespace vinet::kernel
