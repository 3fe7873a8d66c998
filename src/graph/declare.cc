// Body, second half: one `host`, `router` or `machine` statement becomes nodes.
#include "graph/body.h"
#include "graph/words.h"

namespace vinet::graph {
namespace {

// `lab.X` and `campus.t.child0.top` are names of namespaces and cgroups, and stand in one mark of
// at most 255 bytes (marks.h).
constexpr size_t kMostMachineBytes = 120;
constexpr size_t kMostNodeBytes = 128;

std::string wrong_place(bool is_base, lang::NodeKind kind) {
  return is_base ? "a base has machines, not " + std::string(lang::to_string(kind)) + "s"
                 : "an internet has hosts and routers, not machines";
}

size_t longest_component(std::string_view name) {
  size_t longest = 0;
  for (size_t begin = 0; begin <= name.size();) {
    const size_t end = std::min(name.find('.', begin), name.size());
    longest = std::max(longest, end - begin);
    begin = end + 1;
  }
  return longest;
}

// Which place the index-th node of a statement gets: one for all, one each for each array, or one
// each for all.
struct Distribution {
  size_t places = 0;
  bool for_each_array = false;
  size_t place(size_t index_in_array, size_t index_in_statement) const {
    if (places == 1) return 0;
    return for_each_array ? index_in_array : index_in_statement;
  }
};

}  // namespace

void Body::declare(const lang::NodeDecl& nodes, Scope& scope) {
  if (around_.is_base != (nodes.kind == lang::NodeKind::kMachine)) {
    budget_.error(nodes.names.front().span, wrong_place(around_.is_base, nodes.kind));
    return;
  }
  if (nodes.stands_for) {
    budget_.error(nodes.stands_for->internet.span,
                  "an internet as a router (`= " + nodes.stands_for->internet.text +
                      "`) is not supported yet");
    return;
  }
  std::vector<NodeSymbol*> symbols;
  for (const lang::Declarator& declarator : nodes.names) {
    auto* symbol = std::get_if<NodeSymbol>(scope.own(declarator.name.text));
    const bool is_this = symbol != nullptr && symbol->declarator == &declarator;
    if (is_this) symbols.push_back(symbol);
  }
  AttributeReader reader(evaluator_, budget_);
  const Owner owner = around_.is_base ? Owner::kMachine : Owner::kNode;
  const NodeAttributes attributes = reader.read_node(nodes.attributes, owner, scope);
  check_addresses(attributes, symbols);
  check_daemon(attributes, symbols);
  const bool all_known = symbols.size() == nodes.names.size();
  make_nodes(nodes, attributes, read_places(nodes, symbols, all_known, scope), symbols);
}

void Body::check_addresses(const NodeAttributes& attributes,
                           const std::vector<NodeSymbol*>& symbols) {
  if (attributes.addresses.empty() || symbols.empty()) return;
  if (symbols.size() > 1 || symbols.front()->count > 1) {
    budget_.error(attributes.addresses_span, "several nodes cannot have one address",
                  "attributes hold for all names before them: give each node its own statement");
    return;
  }
  const std::string name = draft_.prefix + symbols.front()->declarator->name.text;
  for (const net::IpAddress& address : attributes.addresses) {
    if (net::is_ipv6(address) && around_.is_base) {
      budget_.error(attributes.addresses_span,
                    net::to_string(address) + " is an IPv6 address, and bases have IPv4");
    } else if (net::is_ipv6(address) && !around_.ipv6) {
      budget_.error(
          attributes.addresses_span,
          net::to_string(address) + " is an IPv6 address, but the internet has " + "`ipv6 = off`");
    }
    draft_.addresses.claim(address, name_text(name), attributes.addresses_span, budget_);
  }
}

void Body::check_daemon(const NodeAttributes& attributes, const std::vector<NodeSymbol*>& symbols) {
  if (attributes.daemon.empty() || symbols.empty()) return;
  if (symbols.size() == 1 && symbols.front()->count <= 1) return;
  budget_.error(attributes.daemon_span, "several machines cannot have one daemon",
                "attributes hold for all names before them: give each machine its own statement");
}

// One place for each node of the statement, or none where there is no `at` or it is wrong.
std::vector<std::string> Body::read_places(const lang::NodeDecl& nodes,
                                           const std::vector<NodeSymbol*>& symbols, bool all_known,
                                           Scope& scope) {
  if (!nodes.at) return {};
  if (around_.is_base) {
    budget_.error(nodes.at->span, "a machine has no place");
    return {};
  }
  if (around_.places == nullptr) return {};
  auto places = around_.places->read(*nodes.at, scope, evaluator_, budget_);
  if (!places || !all_known) return {};
  size_t total = 0;
  bool each_array = true;
  for (const NodeSymbol* symbol : symbols) {
    total += symbol->count;
    each_array &= symbol->array && symbol->count == places->size();
  }
  const bool is_list = std::holds_alternative<lang::List>(nodes.at->kind);
  if ((is_list || places->size() != 1) && places->size() != total && !each_array) {
    budget_.error(nodes.at->span,
                  count_text(places->size(), "place") + " for " +
                      count_text(total, lang::to_string(nodes.kind)),
                  "give one place for all, or one for each");
    return {};
  }
  const Distribution distribution{places->size(), each_array};
  std::vector<std::string> each;
  each.reserve(total);
  for (const NodeSymbol* symbol : symbols) {
    for (size_t i = 0; i < symbol->count; ++i) {
      each.push_back((*places)[distribution.place(i, each.size())]);
    }
  }
  return each;
}

void Body::make_nodes(const lang::NodeDecl& nodes, const NodeAttributes& attributes,
                      const std::vector<std::string>& places,
                      const std::vector<NodeSymbol*>& symbols) {
  const bool is_router = nodes.kind == lang::NodeKind::kRouter;
  size_t index_in_statement = 0;
  for (NodeSymbol* symbol : symbols) {
    const lang::Declarator& declarator = *symbol->declarator;
    symbol->first = static_cast<uint32_t>(draft_.nodes.size());
    bool names_are_good = true;
    for (uint32_t i = 0; i < symbol->count; ++i, ++index_in_statement) {
      const std::string name =
          declarator.name.text + (symbol->array ? std::to_string(i) : std::string());
      Node node;
      node.name.reserve(draft_.prefix.size() + name.size());
      node.name.append(draft_.prefix).append(name);
      node.kind = is_router ? NodeKind::kRouter : NodeKind::kHost;
      node.transit = attributes.transit.value_or(is_router);
      node.addresses = attributes.addresses;
      node.run = attributes.run;
      node.annotations = attributes.annotations;
      if (!places.empty()) node.machine = places[index_in_statement];
      node.span = declarator.span;
      if (nodes.at) node.at_span = nodes.at->span;
      if (names_are_good) names_are_good = check_name(name, declarator);
      check_full_name(name, declarator);
      draft_.nodes.push_back(std::move(node));
      if (around_.is_base) draft_.machines.push_back({attributes.mtu_bytes, attributes.daemon});
    }
  }
}

void Body::check_full_name(const std::string& name, const lang::Declarator& declarator) {
  const size_t most = around_.is_base ? kMostMachineBytes : kMostNodeBytes;
  if (around_.name.size() + 1 + draft_.prefix.size() + name.size() <= most) return;
  const std::string qualified = std::string(around_.name) + "." + draft_.prefix + name;
  budget_.defer(declarator.span, "the full name " + name_text(qualified) + " is longer than " +
                                     std::to_string(most) + " bytes");
}

bool Body::check_name(const std::string& name, const lang::Declarator& declarator) {
  const size_t dot = name.find('.');
  if (dot != std::string::npos && draft_.qualified_heads.insert(name.substr(0, dot)).second) {
    const auto part = draft_.names.find(name.substr(0, dot));
    if (part != draft_.names.end() && part->second.is_part) {
      budget_.error(declarator.span, name_text(name.substr(0, dot)) + " is a part",
                    "what is in it stands in its description");
      return false;
    }
  }
  if (longest_component(name) > kMostNameBytes) {
    budget_.error(declarator.span, "the name " + name_text(name) + " is longer than " +
                                       std::to_string(kMostNameBytes) + " bytes");
    return false;
  }
  const auto [taken, is_new] = draft_.names.try_emplace(name, Taken{declarator.span, false});
  if (is_new) return true;
  std::string note;
  if (taken->second.span == declarator.span) {
    note = "`for` adds nothing to a full name: declare an array outside of the loop";
  } else if (declarator.count || name != declarator.name.text) {
    note = "the elements of " + name_text(declarator.name.text) + " are called " +
           declarator.name.text + "0, " + declarator.name.text + "1 and so on";
  } else {
    const bool ends_in_digit = name.back() >= '0' && name.back() <= '9';
    note = ends_in_digit ? "the elements of an array m are called m0, m1 and so on"
                         : "`if` and `for` add nothing to a full name";
  }
  budget_.error(
      declarator.span,
      "two things in " + name_text(around_.name) + " are called " + name_text(draft_.prefix + name),
      note);
  return false;
}

}  // namespace vinet::graph
