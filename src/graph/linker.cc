#include "graph/linker.h"

#include <algorithm>

#include "graph/shapes.h"
#include "graph/words.h"

namespace vinet::graph {

Linker::Linker(const Surroundings& surroundings, Draft& draft, Evaluator& evaluator, Budget& budget)
    : around_(surroundings),
      draft_(draft),
      evaluator_(evaluator),
      budget_(budget),
      references_(evaluator, budget, surroundings, draft) {}

void Linker::run(const lang::Statement& statement, Scope& scope) {
  budget_.set_loop(statement.span);
  if (const auto* links = std::get_if<lang::LinkDecl>(&statement.kind)) {
    run_link(*links, scope);
  } else if (const auto* shape = std::get_if<lang::ShapeUse>(&statement.kind)) {
    run_shape(*shape, statement.span, scope);
  }
}

LinkAttributes Linker::read(const lang::AttributeList& list, Scope& scope) {
  AttributeReader reader(evaluator_, budget_);
  return reader.read_link(list, around_.is_base ? Owner::kBaseLink : Owner::kLink, scope);
}

// --- statements

void Linker::run_link(const lang::LinkDecl& links, Scope& scope) {
  const LinkAttributes attributes = read(links.attributes, scope);
  std::vector<std::vector<NodeRef>> ends(links.ends.size());
  bool all_known = true;
  for (size_t i = 0; i < ends.size(); ++i) {
    all_known &= references_.append(links.ends[i], Many::kStar, scope, ends[i]);
    const bool two_stars =
        i > 0 && links.ends[i - 1].steps.front().all && links.ends[i].steps.front().all;
    if (!two_stars) continue;
    budget_.error(links.ends[i].span, "only one end of a link may be all of an array",
                  "say which is joined to which with `for i in … { a[i] -- b[i] }`");
    all_known = false;
  }
  if (!all_known) return;
  uint64_t count = 0;
  for (size_t i = 0; i + 1 < ends.size(); ++i) count += ends[i].size() * ends[i + 1].size();
  const Span whole{links.ends.front().span.begin, links.ends.back().span.end};
  if (!check_name(links, count, whole, scope) || !budget_.links(count, whole)) return;
  const size_t first_link = draft_.links.size();
  for (size_t i = 0; i + 1 < ends.size(); ++i) {
    const Span at{links.ends[i].span.begin, links.ends[i + 1].span.end};
    for (const NodeRef& a : ends[i]) {
      for (const NodeRef& b : ends[i + 1]) {
        if (!add(a, b, links.name ? &*links.name : nullptr, at)) return;
      }
    }
  }
  finish(attributes, first_link, scope);
}

void Linker::run_shape(const lang::ShapeUse& shape, Span at, Scope& scope) {
  const LinkAttributes attributes = read(shape.attributes, scope);
  std::vector<NodeRef> nodes;
  bool all_known = true;
  for (size_t i = 0; i < shape.arguments.size(); ++i) {
    all_known &= references_.append(shape.arguments[i], scope, nodes);
    const bool is_hub = i == 0 && shape.shape == lang::ShapeKind::kStar;
    if (!all_known || !is_hub || nodes.size() == 1) continue;
    budget_.error(shape.arguments[i].span, "the hub of a star is one node",
                  "write `star(hub, leaves)`");
    all_known = false;
  }
  if (!all_known) return;
  const std::string word(lang::to_string(shape.shape));
  const bool is_star = shape.shape == lang::ShapeKind::kStar;
  if (shape.arguments.empty() || (is_star && shape.arguments.size() < 2)) {
    budget_.error(at, code_text(word) + (is_star ? " needs a hub and leaves" : " needs nodes"),
                  is_star ? "for example `star(hub, leaf)`" : "for example `" + word + "(r)`");
    return;
  }
  if (!budget_.links(shape_links(shape.shape, nodes.size()), at)) return;
  const size_t first_link = draft_.links.size();
  bool good = true;
  for_each_link(shape.shape, static_cast<uint32_t>(nodes.size()), [&](uint32_t i, uint32_t j) {
    good = add(nodes[i], nodes[j], nullptr, at);
    return good;
  });
  if (good) finish(attributes, first_link, scope);
}

// --- single links

bool Linker::check_name(const lang::LinkDecl& links, size_t count, Span at, Scope& scope) {
  if (!links.name) return true;
  const auto* symbol = std::get_if<LinkSymbol>(scope.own(links.name->text));
  if (symbol == nullptr || symbol->link != &links) return false;  // reported: declared twice
  if (count > 1) {
    budget_.error(links.name->span, "one name for " + count_text(count, "link"),
                  "leave it out: they are named after their ends");
    return false;
  }
  if (count == 0) return true;
  if (links.name->text.size() > kMostNameBytes) {
    budget_.error(links.name->span,
                  "the name of a link has at most " + std::to_string(kMostNameBytes) + " bytes");
    return false;
  }
  const auto [taken, is_new] = draft_.full_names.try_emplace(links.name->text, at);
  if (is_new) return true;
  budget_.error(
      links.name->span,
      "two things in " + name_text(around_.name) + " are called " + name_text(links.name->text),
      taken->second == at ? "`for` adds nothing to a full name" : "");
  return false;
}

bool Linker::add(NodeRef a, NodeRef b, const lang::Name* name, Span at) {
  Link link;
  link.a.node = a.id();
  link.b.node = b.id();
  if (a == b) {
    budget_.error(at, "a link from " + name_text(draft_.nodes[a.id().index].name) + " to itself");
    return false;
  }
  link.named = name != nullptr;
  link.name = name != nullptr ? name->text : name_of(link.a.node, link.b.node);
  link.span = at;
  draft_.links.push_back(std::move(link));
  return true;
}

std::string Linker::name_of(NodeId a, NodeId b) {
  const uint64_t low = std::min(a.index, b.index);
  const uint64_t high = std::max(a.index, b.index);
  const uint32_t links = ++pairs_[low << 32 | high];
  std::string name = draft_.nodes[a.index].name + "-" + draft_.nodes[b.index].name;
  if (links > 1) name += ":" + std::to_string(links);
  return name;
}

// --- attributes

void Linker::finish(const LinkAttributes& attributes, size_t first_link, Scope& scope) {
  for (size_t i = first_link; i < draft_.links.size(); ++i) {
    Link& link = draft_.links[i];
    link.mtu_bytes = attributes.mtu_bytes;
    link.rate_bps = attributes.rate_bps;
    link.delay_us = attributes.delay_us;
    link.loss_ppb = attributes.loss_ppb;
    link.cost = attributes.cost;
    link.ipv6 = attributes.ipv6;
  }
  for (const EndAddresses& given : attributes.addresses) {
    if (budget_.exhausted()) return;
    give_addresses(given, first_link, scope);
  }
}

void Linker::give_addresses(const EndAddresses& given, size_t first_link, Scope& scope) {
  std::vector<NodeRef> found;
  if (!references_.append(*given.end, Many::kOne, scope, found)) return;
  const NodeId node = found.front().id();
  const std::string& name = draft_.nodes[node.index].name;
  LinkEnd* end = nullptr;
  Link* of = nullptr;
  for (size_t i = first_link; i < draft_.links.size(); ++i) {
    Link& link = draft_.links[i];
    if (link.a.node != node && link.b.node != node) continue;
    if (end != nullptr) {
      budget_.error(given.span, "one address for several links of " + name_text(name),
                    "write the link that has it as a statement of its own");
      return;
    }
    end = link.a.node == node ? &link.a : &link.b;
    of = &link;
  }
  if (end == nullptr) {
    budget_.error(given.end->span, name_text(name) + " is no end of this link");
    return;
  }
  if (!end->addresses.empty()) {
    budget_.error(given.span, "`address` is given twice for " + name_text(name),
                  "one of each family can be given as a list");
    return;
  }
  for (const net::IpAddress& address : given.addresses) {
    if (net::is_ipv6(address) && !of->ipv6.value_or(around_.ipv6)) {
      budget_.error(given.span,
                    net::to_string(address) + " is an IPv6 address, but the link has `ipv6 = off`");
    }
    draft_.addresses.claim(address, "the link " + name_text(of->name), given.span, budget_);
  }
  end->addresses = given.addresses;
}

}  // namespace vinet::graph
