// The fake door 1.
#include <cerrno>

#include "kernel/fake_doors.h"
#include "kernel/names.h"

namespace vinet::kernel {

Result<std::vector<std::string>> FakeNamespaces::list() {
  std::vector<std::string> names;
  for (const auto& [name, space] : state_.names) names.push_back(name);
  return names;
}

Result<bool> FakeNamespaces::alive(const std::string& name) {
  TRY(check_namespace_name(name));
  const auto found = state_.names.find(name);
  if (state_.own_names.contains(name)) return true;
  return found != state_.names.end() && found->second != nullptr;
}

Status FakeNamespaces::create(const std::string& name, const std::string& mark) {
  TRY(state_.calls.count("namespaces.create " + name));
  const std::string attempt = "create namespace " + name;
  TRY_IN(attempt, check_namespace_name(name));
  TRY_IN(attempt, check_alias(mark));
  if (state_.names.count(name) > 0) return errno_error(attempt + ": the name is taken", EEXIST);
  auto space = std::make_unique<FakeNamespace>();
  space->inode = state_.next_inode++;
  FakeDevice* lo = space->find("lo");
  lo->device.alias = mark;
  lo->device.up = true;
  state_.names[name] = std::move(space);
  return ok();
}

Status FakeNamespaces::create_for(const std::string& tenant, const std::string& name,
                                  const std::string& mark) {
  TRY_IN("create namespace " + name, check_namespace_name(tenant));
  return create(name, mark);
}

Status FakeNamespaces::create_own(const std::string& name) {
  TRY(state_.calls.count("namespaces.create_own " + name));
  const std::string attempt = "name the own namespace " + name;
  TRY_IN(attempt, check_namespace_name(name));
  if (state_.names.count(name) > 0) return errno_error(attempt + ": the name is taken", EEXIST);
  state_.names[name] = nullptr;
  state_.own_names.insert(name);
  return ok();
}

Result<bool> FakeNamespaces::is_own(const std::string& name) {
  TRY(check_namespace_name(name));
  return state_.own_names.contains(name);
}

Status FakeNamespaces::remove(const std::string& name) {
  TRY(state_.calls.count("namespaces.remove " + name));
  const std::string attempt = "remove namespace " + name;
  TRY_IN(attempt, check_namespace_name(name));
  const auto found = state_.names.find(name);
  if (found == state_.names.end()) return errno_error(attempt, ENOENT);
  for (const auto& told : state_.on_forget) told(name);
  if (state_.own_names.erase(name) > 0) state_.own.find("lo")->device.forwarding = false;
  while (found->second != nullptr && found->second->devices.size() > 1) {
    state_.delete_veth(name, found->second->devices.rbegin()->first);
  }
  state_.names.erase(found);
  return ok();
}

Result<net::NamespaceSettings> FakeNamespaces::read_settings(const std::string& name) {
  ASSIGN_OR_RETURN(FakeNamespace * space, state_.open(name));
  return space->settings;
}

Status FakeNamespaces::write_settings(const std::string& name,
                                      const net::NamespaceSettings& settings) {
  TRY(state_.calls.count("namespaces.write_settings " + name));
  ASSIGN_OR_RETURN(FakeNamespace * space, state_.open(name));
  if (space->settings.ipv6 && !settings.ipv6) {
    for (auto& [ifindex, device] : space->devices) space->drop_ipv6(device);
  }
  space->settings = settings;
  return ok();
}

Status FakeNamespaces::enter(const std::string& name, const std::function<Status()>& inside) {
  ASSIGN_OR_RETURN(const FakeNamespace* space, state_.open(name));
  if (space == nullptr) return errno_error("enter namespace " + name, ENOENT);
  return inside();
}

}  // namespace vinet::kernel
