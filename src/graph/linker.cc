#include "graph/linker.h"

#include <algorithm>

#include "graph/shapes.h"
#include "graph/words.h"

namespace vinet::graph {
namespace {

bool has_star(const lang::Path& path) {
  return std::any_of(path.steps.begin(), path.steps.end(),
                     [](const lang::PathStep& step) { return step.all; });
}

// The bytes of the parts that both nodes are in: 9 of t.child0.top and t.child0.child1.top.
size_t shared_prefix(std::string_view a, std::string_view b) {
  const auto [differ, in_b] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  const auto same = static_cast<size_t>(differ - a.begin());
  const size_t dot = same == 0 ? std::string_view::npos : a.rfind('.', same - 1);
  return dot == std::string_view::npos ? 0 : dot + 1;
}

}  // namespace

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
  } else if (const auto* port = std::get_if<lang::PortDecl>(&statement.kind)) {
    run_port(*port, scope);
  }
}

LinkAttributes Linker::read(const lang::AttributeList& list, Scope& scope) {
  AttributeReader reader(evaluator_, budget_);
  return reader.read_link(list, around_.is_base ? Owner::kBaseLink : Owner::kLink, scope);
}

// --- statements

void Linker::run_link(const lang::LinkDecl& links, Scope& scope) {
  const LinkAttributes attributes = read(links.attributes, scope);
  std::vector<std::vector<End>> ends(links.ends.size());
  bool all_known = true;
  for (size_t i = 0; i < ends.size(); ++i) {
    all_known &= references_.append(links.ends[i], Many::kStar, scope, ends[i]);
    const bool two_stars = i > 0 && has_star(links.ends[i - 1]) && has_star(links.ends[i]);
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
    for (const End& a : ends[i]) {
      for (const End& b : ends[i + 1]) {
        if (!add(a, b, links.name ? &*links.name : nullptr, at)) return;
      }
    }
  }
  finish(attributes, first_link, scope);
}

void Linker::run_shape(const lang::ShapeUse& shape, Span at, Scope& scope) {
  const LinkAttributes attributes = read(shape.attributes, scope);
  std::vector<End> nodes;
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

void Linker::run_port(const lang::PortDecl& port, Scope& scope) {
  auto* symbol = std::get_if<PortSymbol>(scope.own(port.name.text));
  if (symbol == nullptr || symbol->port != &port) return;  // reported: declared twice
  std::vector<End> found;
  if (!references_.append(port.target, Many::kOne, scope, found)) return;
  symbol->node = found.front().node;
  symbol->inner = found.front().port;
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
  const auto [taken, is_new] = draft_.names.try_emplace(links.name->text, Taken{at, false});
  if (is_new) return true;
  budget_.error(links.name->span,
                "two things in " + name_text(around_.name) + " are called " +
                    name_text(draft_.prefix + links.name->text),
                taken->second.span == at ? "`for` adds nothing to a full name" : "");
  return false;
}

bool Linker::add(const End& a, const End& b, const lang::Name* name, Span at) {
  Link link;
  link.a.node = a.node.id();
  link.b.node = b.node.id();
  if (link.a.node == link.b.node) {
    budget_.error(at,
                  "a link from " + name_text(draft_.nodes[link.a.node.index].name) + " to itself");
    return false;
  }
  if (!bind(a) || !bind(b)) return false;
  link.named = name != nullptr;
  link.name = name != nullptr ? draft_.prefix + name->text : name_of(link.a.node, link.b.node);
  link.span = at;
  draft_.links.push_back(std::move(link));
  return true;
}

bool Linker::bind(const End& end) {
  for (PortSymbol* port = end.port; port != nullptr; port = port->inner) {
    if (port->port->many) continue;
    const std::string& name = port->port->name.text;
    if (port->bound) {
      const bool is_same = port->bound_at == end.at;
      budget_.error(
          end.at,
          "port " + name_text(name) + " takes one link" + (is_same ? "" : ", and has it already"),
          "`port " + name + "[] = …` takes any number");
      return false;
    }
    port->bound = true;
    port->bound_at = end.at;
  }
  return true;
}

// `A-B`; inside a part `t.child0.A-B`: what both names begin with is said once.
std::string Linker::name_of(NodeId a, NodeId b) {
  const uint64_t low = std::min(a.index, b.index);
  const uint64_t high = std::max(a.index, b.index);
  uint32_t links = ++pairs_[low << 32 | high];
  const std::string& from = draft_.nodes[a.index].name;
  const std::string& to = draft_.nodes[b.index].name;
  const size_t shared = shared_prefix(from, to);
  const std::string ends = from + "-" + to.substr(shared);
  std::string name = links > 1 ? ends + ":" + std::to_string(links) : ends;
  if (from.find('.') == std::string::npos && to.find('.') == std::string::npos) return name;
  while (!part_names_.insert(name).second) name = ends + ":" + std::to_string(++links);
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
    link.annotations = attributes.annotations;
  }
  for (const EndAddresses& given : attributes.addresses) {
    if (budget_.exhausted()) return;
    give_addresses(given, first_link, scope);
  }
}

void Linker::give_addresses(const EndAddresses& given, size_t first_link, Scope& scope) {
  std::vector<End> found;
  if (!references_.append(*given.end, Many::kOne, scope, found)) return;
  const NodeId node = found.front().node.id();
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
