// Tenant: what somebody sees and touches who has internets of their own and knows of no others'.
//
// Bases are everybody's to look at and to stand on, and nobody's but the operator's to declare,
// change or remove. A name of somebody else's internet is answered with the words for a name that
// does not exist; only where such a name would be given to a new internet is it said to be taken,
// by whom is not.
#pragma once

#include <memory>
#include <string>

#include "control/world.h"
#include "graph/graph.h"

namespace vinet::control {

/// The state as `tenant` sees it: all bases, their own internets, and of an operation that has not
/// ended what it does to those.
State seen_by(const std::string& tenant, const State& state);

/// Whether a tenant may bring this up. Errors: permission_denied for a base that is declared or
/// would be changed; already_exists for an internet that is not theirs.
Status refuse_others(const graph::Graph& graph, const State& state, const std::string& tenant);

/// Is this the name of a node (`fig11.A`) of one of the state's internets?
bool has_node(const State& state, const std::string& node);
/// Is it that of one of its internets, or of something in one, `fig11` or `fig11.…`?
bool is_of_internet(const State& state, const std::string& name);

/// A world that shows and touches only what is the tenant's.
std::unique_ptr<World> make_tenant_world(std::unique_ptr<World> world, const std::string& tenant);

}  // namespace vinet::control
