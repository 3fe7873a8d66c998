// What is attached in a machine, and attaching it.
//
//   backside -- clsact, ingress = block VI_BLOCK_INDEX --+
//   backside -- clsact, ingress = block VI_BLOCK_INDEX --+--> filter vi_backside --+
//   base device -- clsact ingress ---------------------------> filter vi_base -----+--> maps
//
// The filters hold the programs and these the maps; a descriptor here is only a way to reach them.
#include "kernel/linux_programs.h"

#include <bpf/bpf.h>

#include <algorithm>
#include <cerrno>

#include "kernel/linux_links.h"
#include "kernel/linux_tc.h"

namespace vinet::kernel {
namespace {

bool is_ours(const ObservedFilter& filter) {
  return filter.name.rfind("vi_", 0) == 0;
}

}  // namespace

LinuxPrograms::LinuxPrograms(LinuxContext& context) : context_(context) {
  context_.on_forget([this](const std::string& machine) { forget(machine); });
}

void LinuxPrograms::forget(const std::string& machine) {
  held_.erase(machine);
}

Result<LinuxPrograms::Attached> LinuxPrograms::find_attached(const std::string& machine) {
  ASSIGN_OR_RETURN(const auto space, context_.open(machine));
  NetlinkSocket& socket = space->route;
  ASSIGN_OR_RETURN(const auto qdiscs, list_qdiscs(socket));
  ASSIGN_OR_RETURN(auto names, device_names(socket));

  Attached found;
  Attachment& attachment = found.attachment;
  const auto note = [&](const ObservedFilter& filter, const TcHook& hook, std::string device) {
    found.filters.push_back({hook, std::move(device), filter.name, filter.program_id});
    found.program_ids[filter.name] = filter.program_id;
    attachment.program_ids.push_back(filter.program_id);
  };
  for (const ObservedQdisc& qdisc : qdiscs) {
    // A stranger's `ingress` is clsact's first half, and has room for our filter.
    if (qdisc.kind != "clsact" && qdisc.kind != "ingress") continue;
    if (qdisc.ingress_block == VI_BLOCK_INDEX) {
      attachment.backsides.push_back(names[qdisc.ifindex]);
      continue;
    }
    if (qdisc.ingress_block != 0) continue;
    const TcHook ingress = TcHook::ingress(qdisc.ifindex);
    ASSIGN_OR_RETURN(const auto filters, list_filters(socket, ingress));
    const auto ours = std::find_if(filters.begin(), filters.end(), is_ours);
    if (ours == filters.end()) continue;
    attachment.base_devices.push_back(names[qdisc.ifindex]);
    note(*ours, ingress, names[qdisc.ifindex]);
  }
  if (!attachment.backsides.empty()) {
    const TcHook block = TcHook::block(VI_BLOCK_INDEX);
    ASSIGN_OR_RETURN(const auto filters, list_filters(socket, block));
    const auto ours = std::find_if(filters.begin(), filters.end(), is_ours);
    if (ours != filters.end()) {
      attachment.block_filter = true;
      note(*ours, block, "");
    }
  }
  std::sort(attachment.backsides.begin(), attachment.backsides.end());
  std::sort(attachment.base_devices.begin(), attachment.base_devices.end());
  return found;
}

Result<Attachment> LinuxPrograms::observe(const std::string& machine) {
  auto found = find_attached(machine);
  if (!found) return std::move(found).error().within("observe programs of " + machine);
  Attachment attachment = std::move(found->attachment);
  std::vector<uint32_t>& ids = attachment.program_ids;
  if (const auto held = held_.find(machine); held != held_.end()) {
    attachment.loaded = true;
    for (const auto& [name, fd] : held->second.loaded.programs) {
      ASSIGN_OR_RETURN(const uint32_t id, id_of_program(fd.get()));
      ids.push_back(id);
    }
  }
  attachment.loaded = attachment.loaded || !ids.empty();
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return attachment;
}

Result<LinuxPrograms::Held*> LinuxPrograms::find(const std::string& machine) {
  ASSIGN_OR_RETURN(const auto space, context_.open(machine));  // forgets a replaced namespace
  if (const auto held = held_.find(machine); held != held_.end()) return &held->second;
  ASSIGN_OR_RETURN(const Attached attached, find_attached(machine));
  if (attached.program_ids.empty()) return nullptr;
  Held held;
  for (const auto& [name, id] : attached.program_ids) {
    ASSIGN_OR_RETURN(const Fd program, open_program(id));
    ASSIGN_OR_RETURN(MapFds maps, maps_of_program(program.get()));
    held.loaded.maps.merge(maps);
  }
  const uint32_t zero = 0;
  vi_config config{};
  const auto map = held.loaded.maps.find("vi_config");
  if (map == held.loaded.maps.end() ||
      bpf_map_lookup_elem(map->second.get(), &zero, &config) != 0 ||
      config.abi_version != VI_ABI_VERSION) {
    return Error{Errc::kFailedPrecondition,
                 "programs of " + machine +
                     " are of another version of vinet: end its internets "
                     "with that version first"};
  }
  return &(held_[machine] = std::move(held));
}

Result<LinuxPrograms::Held*> LinuxPrograms::require(const std::string& machine) {
  ASSIGN_OR_RETURN(Held * held, find(machine));
  if (held == nullptr) {
    return Error{Errc::kFailedPrecondition, "machine " + machine + " has no programs loaded"};
  }
  return held;
}

namespace {

/// libbpf leaves all names out where its probe for them meets an error, and does not say so; but
/// maps are found again by their names.
Status require_name(int descriptor, const std::string& name) {
  ASSIGN_OR_RETURN(const bpf_prog_info info, info_of_program(descriptor, "the name of " + name));
  if (info.name[0] != 0) return ok();
  return Error{Errc::kUnavailable, "the kernel has given " + name + " no name", 0};
}

}  // namespace

Status LinuxPrograms::load(const std::string& machine, uint32_t base_address_be, uint64_t node) {
  TRY(context_.calls().count("programs.load " + machine));
  const std::string attempt = "load programs of " + machine;
  ASSIGN_OR_RETURN(Held* const present, find(machine));
  if (present != nullptr) {
    return Error{Errc::kAlreadyExists, attempt + ": there are some already"};
  }
  Held held;
  auto loaded = load_programs({});
  if (!loaded) return std::move(loaded).error().within(attempt);
  held.loaded = *std::move(loaded);
  for (const auto& [name, descriptor] : held.loaded.programs) {
    TRY_IN(attempt, require_name(descriptor.get(), name));
  }
  TRY_IN(attempt, note_own(held.loaded));
  const uint32_t zero = 0;
  const vi_config config{VI_ABI_VERSION, base_address_be, 0, node, 0, 0};
  if (bpf_map_update_elem(held.loaded.maps["vi_config"].get(), &zero, &config, BPF_ANY) != 0) {
    return errno_error(attempt + ": set vi_config", errno);
  }
  held_[machine] = std::move(held);
  Status counted = make_counters(machine, 0);  // of what belongs to no link
  if (!counted) {
    forget(machine);
    return std::move(counted).error().within(attempt);
  }
  return ok();
}

Result<int> LinuxPrograms::program(const std::string& machine, const std::string& name) {
  ASSIGN_OR_RETURN(Held * held, require(machine));
  auto& programs = held->loaded.programs;
  if (const auto found = programs.find(name); found != programs.end()) return found->second.get();
  ASSIGN_OR_RETURN(const Attached attached, find_attached(machine));
  if (const auto found = attached.program_ids.find(name); found != attached.program_ids.end()) {
    ASSIGN_OR_RETURN(programs[name], open_program(found->second));
    return programs[name].get();
  }
  ASSIGN_OR_RETURN(LoadedPrograms again, load_programs(held->loaded.maps));
  programs[name] = std::move(again.programs[name]);
  return programs[name].get();
}

Status LinuxPrograms::bind_backside(const std::string& machine, const std::string& device) {
  TRY(context_.calls().count("programs.bind_backside " + machine + " " + device));
  const std::string attempt = "bind backside " + device + " in " + machine;
  ASSIGN_OR_RETURN(const auto space, context_.open(machine));
  auto link = find_link(space->route, device);
  if (!link) return std::move(link).error().within(attempt);
  if (link->up) return Error{Errc::kFailedPrecondition, attempt + ": the device is up"};
  TRY_IN(attempt, add_clsact(space->route, link->ifindex, VI_BLOCK_INDEX));
  return ok();
}

Status LinuxPrograms::attach_block(const std::string& machine) {
  TRY(context_.calls().count("programs.attach_block " + machine));
  const std::string attempt = "attach the block of " + machine;
  ASSIGN_OR_RETURN(const int fd, program(machine, kBacksideProgram));
  ASSIGN_OR_RETURN(const auto space, context_.open(machine));
  Status put = put_filter(space->route, TcHook::block(VI_BLOCK_INDEX), fd, kBacksideProgram);
  if (put) return put;
  if (put.error().sys_errno == EINVAL) put.error().code = Errc::kFailedPrecondition;  // no block
  return std::move(put).error().within(attempt);
}

Status LinuxPrograms::prepare_base(const std::string& machine, const std::string& device) {
  TRY(context_.calls().count("programs.prepare_base " + machine + " " + device));
  const std::string attempt = "prepare base device " + device + " in " + machine;
  ASSIGN_OR_RETURN(const auto space, context_.open(machine));
  auto link = find_link(space->route, device);
  if (!link) return std::move(link).error().within(attempt);
  Status added = add_clsact(space->route, link->ifindex, 0);
  if (!added && added.error().code != Errc::kAlreadyExists) {
    return std::move(added).error().within(attempt);
  }
  return ok();
}

Status LinuxPrograms::attach_base(const std::string& machine, const std::string& device) {
  TRY(context_.calls().count("programs.attach_base " + machine + " " + device));
  const std::string attempt = "attach base device " + device + " in " + machine;
  const char* const name = device == "lo" ? kLoopProgram : kBaseProgram;
  ASSIGN_OR_RETURN(const int fd, program(machine, name));
  ASSIGN_OR_RETURN(const auto space, context_.open(machine));
  auto link = find_link(space->route, device);
  if (!link) return std::move(link).error().within(attempt);
  const Status added = add_clsact(space->route, link->ifindex, 0);
  if (!added && added.error().code != Errc::kAlreadyExists) {  // a stranger's is as good
    return Error(added.error()).within(attempt);
  }
  Status put = put_filter(space->route, TcHook::ingress(link->ifindex), fd, name);
  if (put && device == net::kWholeDevice) {
    put = use_reassembly(machine, space->route, link->ifindex);
    if (!put) {
      if (const Status undone = delete_filter(space->route, TcHook::ingress(link->ifindex));
          !undone) {
        put.error().message += "; and its filter remains: " + undone.error().message;
      }
    }
  }
  if (put) return put;
  if (added) {
    if (const Status undone = delete_clsact(space->route, link->ifindex); !undone) {
      put.error().message += "; and its clsact remains: " + undone.error().message;
    }
  }
  return std::move(put).error().within(attempt);
}

/// Tells the programs into which device fragments go, and out of which whole packets come.
Status LinuxPrograms::use_reassembly(const std::string& machine, NetlinkSocket& socket,
                                     int whole_ifindex) {
  ASSIGN_OR_RETURN(const LinkHandle parts, find_link(socket, net::kPartsDevice));
  return change_config(machine, [&](vi_config& config) {
    config.parts_ifindex = static_cast<uint32_t>(parts.ifindex);
    config.whole_ifindex = static_cast<uint32_t>(whole_ifindex);
  });
}

Status LinuxPrograms::detach_base(const std::string& machine, const std::string& device) {
  TRY(context_.calls().count("programs.detach_base " + machine + " " + device));
  const std::string attempt = "detach base device " + device + " in " + machine;
  ASSIGN_OR_RETURN(const auto space, context_.open(machine));
  auto link = find_link(space->route, device);
  if (!link) return std::move(link).error().within(attempt);
  const TcHook ingress = TcHook::ingress(link->ifindex);
  ASSIGN_OR_RETURN(const auto filters, list_filters(space->route, ingress));
  if (std::none_of(filters.begin(), filters.end(), is_ours)) {
    return Error{Errc::kNotFound, attempt + ": nothing of ours is attached"};
  }
  if (device == net::kWholeDevice) {
    TRY_IN(attempt, change_config(machine, [](vi_config& config) {
             config.parts_ifindex = 0;
             config.whole_ifindex = 0;
           }));
  }
  TRY_IN(attempt, delete_filter(space->route, ingress));
  ASSIGN_OR_RETURN(const vi_config config, read_config(machine));
  if (config.node == 0 && device != "lo" && !context_.is_own(machine)) return ok();
  // Of a node, and of a computer, nothing of ours stays.
  ASSIGN_OR_RETURN(const auto rest, list_filters(space->route, ingress));
  ASSIGN_OR_RETURN(const auto out, list_filters(space->route, TcHook::egress(link->ifindex)));
  if (!rest.empty() || !out.empty()) return ok();
  const Status taken = delete_clsact(space->route, link->ifindex);
  // The qdisc may be a stranger's `ingress`, or gone.
  const bool fine = taken || taken.error().sys_errno == EINVAL || taken.error().sys_errno == ENOENT;
  return fine ? ok() : Error(taken.error()).within(attempt);
}

Result<bool> LinuxPrograms::exists(uint32_t program_id) {
  const auto opened = open_program(program_id);
  if (opened) return true;
  if (opened.error().code == Errc::kNotFound) return false;
  return opened.error();
}

}  // namespace vinet::kernel
