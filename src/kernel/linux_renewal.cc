// Programs of other builds of vinet, as they are met after an upgrade, and their replacement.
//
// Problem:   a new vinet brings new programs, but those of the one before it go on in the kernel,
//            without what has been mended since; and between an old and a new one no packet may be
//            lost.
// Approach:  the kernel's tag says whether two programs are the same code. New ones are loaded
//            around the maps that are there (keys, counters, buckets stay as they are), and put on
//            each hook in one step.
// Invariant: each hook always has a program, and all programs of a machine have the same maps.
//            Where the layout of maps has changed (VI_ABI_VERSION), nothing is replaced.
#include <algorithm>

#include "kernel/linux_programs.h"

namespace vinet::kernel {

Result<std::map<std::string, std::string>> LinuxPrograms::own_tags() {
  if (tags_.empty()) {
    ASSIGN_OR_RETURN(const LoadedPrograms loaded, load_programs({}));
    std::map<std::string, std::string> tags;
    for (const auto& [name, descriptor] : loaded.programs) {
      ASSIGN_OR_RETURN(tags[name], tag_of_program(descriptor.get()));
    }
    tags_ = std::move(tags);
  }
  return tags_;
}

Status LinuxPrograms::note_own(const LoadedPrograms& loaded) {
  for (const auto& [name, descriptor] : loaded.programs) {
    ASSIGN_OR_RETURN(const uint32_t id, id_of_program(descriptor.get()));
    current_.insert(id);
  }
  return ok();
}

Result<std::set<uint32_t>> LinuxPrograms::of_other_builds(
    const std::vector<uint32_t>& program_ids) {
  std::set<uint32_t> others;
  for (const uint32_t id : program_ids) {
    if (current_.contains(id)) continue;
    const auto program = open_program(id);
    if (!program && program.error().code == Errc::kNotFound) continue;  // went away meanwhile
    if (!program) return program.error();
    ASSIGN_OR_RETURN(const std::string tag, tag_of_program(program->get()));
    ASSIGN_OR_RETURN(const auto own, own_tags());
    const bool is_own =
        std::any_of(own.begin(), own.end(), [&](const auto& named) { return named.second == tag; });
    (is_own ? current_ : others).insert(id);
  }
  return others;
}

Status LinuxPrograms::renew(const std::string& machine) {
  const std::string attempt = "renew programs of " + machine;
  ASSIGN_OR_RETURN(Held* const held, require(machine));
  ASSIGN_OR_RETURN(const auto space, context_.open(machine));
  ASSIGN_OR_RETURN(const Attached attached, find_attached(machine));
  auto others = of_other_builds(attached.attachment.program_ids);
  if (!others) return std::move(others).error().within(attempt);
  if (others->empty()) return ok();
  auto loaded = load_programs(held->loaded.maps);
  if (!loaded) return std::move(loaded).error().within(attempt);
  TRY_IN(attempt, note_own(*loaded));
  for (const Hung& filter : attached.filters) {
    if (!others->contains(filter.program_id)) continue;
    const std::string where = filter.device.empty() ? "the block of backsides" : filter.device;
    const auto program = loaded->programs.find(filter.name);
    if (program == loaded->programs.end()) {
      return Error{Errc::kFailedPrecondition,
                   attempt + ", on " + where + ": this vinet has no program " + filter.name};
    }
    TRY(context_.calls().count("programs.renew " + machine + " " + where));
    TRY_IN(attempt + ", on " + where,
           put_filter(space->route, filter.hook, program->second.get(), filter.name));
  }
  held->loaded.programs = std::move(loaded->programs);
  held->loaded.maps.merge(loaded->maps);
  return ok();
}

}  // namespace vinet::kernel
