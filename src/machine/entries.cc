// Entries of one link end in the four maps of its machine.
#include "machine/entries.h"

#include <algorithm>

namespace vinet::machine {

Status erase_sending(kernel::Programs& programs, const std::string& machine,
                     const ProgramsView& held, uint32_t backside,
                     const std::optional<LinkEntries>& keep) {
  const auto link = held.links.find(backside);
  if (link == held.links.end() || (keep && same(keep->link.key, link->second.key))) return ok();
  return programs.erase_link(machine, backside);
}

Status erase_known(kernel::Programs& programs, const std::string& machine, const ProgramsView& held,
                   uint32_t backside, const std::optional<LinkEntries>& keep) {
  for (const auto& [key, end] : held.keys) {
    if (end.backside != backside || (keep && same(keep->key, key))) continue;
    TRY(programs.erase_key(machine, key));
  }
  for (const auto& [address_be, owner] : held.own) {
    if (owner != backside || (keep && keep->own_be == address_be)) continue;
    TRY(programs.erase_own(machine, address_be));
  }
  if (!keep && held.counted.contains(backside)) TRY(programs.erase_counters(machine, backside));
  return ok();
}

Status put_known(kernel::Programs& programs, const std::string& machine, const ProgramsView& held,
                 uint32_t backside, const LinkEntries& want) {
  if (!held.counted.contains(backside)) TRY(programs.put_counters(machine, backside));
  const auto key = std::find_if(held.keys.begin(), held.keys.end(), [&](const auto& one) {
    return same(one.first, want.key) && same(one.second, want.end);
  });
  if (key == held.keys.end()) TRY(programs.put_key(machine, want.key, want.end));
  const auto own = held.own.find(want.own_be);
  if (own != held.own.end() && own->second == backside) return ok();
  return programs.put_own(machine, want.own_be, backside);
}

Status put_sending(kernel::Programs& programs, const std::string& machine, const ProgramsView& held,
                   uint32_t backside, const LinkEntries& want) {
  const auto link = held.links.find(backside);
  if (link != held.links.end() && same(link->second, want.link)) return ok();
  return programs.put_link(machine, backside, want.link);
}

}  // namespace vinet::machine
