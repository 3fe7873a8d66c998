// Entries of one link end in the four maps of its machine.
#include "machine/entries.h"

#include <algorithm>

#include "machine/steps.h"

namespace vinet::machine {

namespace {

/// Does `keep` send to the end that `link` sends to? Above the first layer only the way in tells.
bool sends_to_the_same(const ProgramsView& held, uint32_t backside, const vi_link& link,
                       const LinkEntries& keep) {
  if (keep.is_first_layer()) return same(keep.link.key, link.key);
  if (same(keep.link, link)) return true;  // whatever became of the way in
  return std::any_of(held.uppers.begin(), held.uppers.end(), [&](const auto& one) {
    return one.second.backside == backside && same(one.first, keep.key);
  });
}

}  // namespace

Status erase_sending(kernel::Programs& programs, const std::string& machine,
                     const ProgramsView& held, uint32_t backside,
                     const std::optional<LinkEntries>& keep) {
  const auto link = held.links.find(backside);
  const bool stays =
      keep && link != held.links.end() && sends_to_the_same(held, backside, link->second, *keep);
  if (stays) return ok();
  if (link != held.links.end()) TRY(programs.erase_link(machine, backside));
  return held.stacks.contains(backside) ? programs.erase_stack(machine, backside) : ok();
}

Status erase_known(kernel::Programs& programs, const std::string& machine, const ProgramsView& held,
                   uint32_t backside, const std::optional<LinkEntries>& keep) {
  for (const auto& [key, end] : held.keys) {
    if (end.backside != backside || (keep && same(keep->key, key))) continue;
    TRY(programs.erase_key(machine, key));
  }
  for (const auto& [key, end] : held.uppers) {
    if (end.backside != backside || (keep && same(keep->key, key))) continue;
    TRY(programs.erase_upper(machine, key));
  }
  for (const auto& [address, owner] : held.own) {
    if (owner != backside || (keep && same(keep->own, address))) continue;
    TRY(programs.erase_own(machine, address));
  }
  if (!keep && held.counted.contains(backside)) TRY(programs.erase_counters(machine, backside));
  return ok();
}

Status put_known(kernel::Programs& programs, const std::string& machine, const ProgramsView& held,
                 uint32_t backside, const LinkEntries& want) {
  if (!held.counted.contains(backside)) TRY(programs.put_counters(machine, backside));
  const auto is_held = [&](const auto& keys) {
    return std::any_of(keys.begin(), keys.end(), [&](const auto& one) {
      return same(one.first, want.key) && same(one.second, want.end);
    });
  };
  if (const auto* key = std::get_if<vi_key>(&want.key)) {
    if (!is_held(held.keys)) TRY(programs.put_key(machine, *key, want.end));
  } else if (!is_held(held.uppers)) {
    TRY(programs.put_upper(machine, std::get<vi_upper>(want.key), want.end));
  }
  const auto own = held.own.find(want.own);
  if (own != held.own.end() && own->second == backside) return ok();
  return programs.put_own(machine, want.own, backside);
}

Status put_sending(kernel::Programs& programs, const std::string& machine, const ProgramsView& held,
                   uint32_t backside, const LinkEntries& want) {
  for (const vi_address& source : want.sources) {
    if (!held.sources.contains(source)) TRY(programs.put_source(machine, source));
  }
  const auto link = held.links.find(backside);
  const auto stack = held.stacks.find(backside);
  const bool same_stack = want.stack
                              ? stack != held.stacks.end() && same(*want.stack, stack->second)
                              : stack == held.stacks.end();
  if (link != held.links.end() && same(link->second, want.link) && same_stack) return ok();
  if (want.stack && !same_stack) {
    // In two maps, so never one without the other: what is sent meanwhile is dropped.
    if (link != held.links.end()) TRY(gone_is_fine(programs.erase_link(machine, backside)));
    TRY(programs.put_stack(machine, backside, *want.stack));
  }
  TRY(programs.put_link(machine, backside, want.link));
  return !want.stack && stack != held.stacks.end()
             ? gone_is_fine(programs.erase_stack(machine, backside))
             : ok();
}

}  // namespace vinet::machine
