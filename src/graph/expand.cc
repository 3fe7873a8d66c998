// A file: its values, its bases, then its internets, those below before those on them.
#include "graph/expand.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include "graph/body.h"
#include "graph/words.h"
#include "lang/parser.h"

namespace vinet::graph {
namespace {

// A fleet is all machines' daemons and no links.
void check_fleet(const Base& base, Budget& budget) {
  const auto first = std::find_if(base.machines.begin(), base.machines.end(),
                                  [](const Machine& machine) { return !machine.daemon.empty(); });
  for (const Machine& machine : base.machines) {
    if (first != base.machines.end() && machine.daemon.empty()) {
      budget.error(machine.span,
                   "machine " + name_text(machine.name) + " has no `daemon`, and " +
                       name_text(first->name) + " has one",
                   "all machines of a base have one (a fleet), or none (a lab); for example "
                   "`daemon = \"192.0.2.10:7411\"`");
    } else if (machine.daemon.empty() && machine.address) {
      budget.error(machine.span,
                   "machine " + name_text(machine.name) + " has an `address` and no `daemon`",
                   "machines of a lab get their addresses from `vinet`");
    }
  }
  if (first == base.machines.end()) return;
  for (const BaseLink& link : base.links) {
    budget.error(link.span, "base " + name_text(base.name) + " is a fleet, which has no links",
                 "its machines reach each other over the network that is there");
  }
}

Base make_base(const lang::BaseDecl& declared, Draft draft) {
  Base base;
  base.name = declared.name.text;
  base.span = declared.name.span;
  for (size_t i = 0; i < draft.nodes.size(); ++i) {
    Machine& machine = base.machines.emplace_back();
    machine.name = std::move(draft.nodes[i].name);
    machine.mtu_bytes = draft.machines[i].mtu_bytes;
    machine.daemon = std::move(draft.machines[i].daemon);
    for (const net::IpAddress& address : draft.nodes[i].addresses) {
      if (const auto* ipv4 = std::get_if<net::Ipv4>(&address)) machine.address = *ipv4;
    }
    machine.span = draft.nodes[i].span;
  }
  for (Link& link : draft.links) {
    base.links.push_back({std::move(link.name), MachineId{link.a.node.index},
                          MachineId{link.b.node.index}, link.mtu_bytes, link.rate_bps, link.cost,
                          link.span});
  }
  return base;
}

class FileExpander {
 public:
  FileExpander(const ExpandOptions& options, Diagnostics& diagnostics)
      : options_(options),
        budget_(options.limits, diagnostics),
        evaluator_(budget_),
        scope_(std::make_shared<Scope>(nullptr)) {}

  Graph expand(const lang::File& file) {
    enter_names(file);
    set_values();
    settle_values(file);
    for_each<lang::BaseDecl>(file, [&](const auto& base) { expand_base(base); });
    for (const Base& base : graph_.bases) places_.try_emplace(base.name, base);
    for (const Base& base : options_.running_bases) places_.try_emplace(base.name, base);
    expand_internets(file);
    return std::move(graph_);
  }

 private:
  template <typename Declaration, typename Do>
  void for_each(const lang::File& file, Do&& act) {
    for (const lang::Statement& statement : file.statements) {
      const auto* declaration = std::get_if<Declaration>(&statement.kind);
      if (declaration != nullptr && budget_.step()) act(*declaration);
    }
  }

  void enter(const lang::Name& name, Meaning meaning) {
    const Meaning* before = scope_->declare(name.text, std::move(meaning));
    if (before == nullptr) return;
    budget_.error(name.span, name_text(name.text) + " is declared twice",
                  "in this file it is " + describe(*before) + " already");
  }

  void enter_object(const lang::Name& name, std::string_view word) {
    enter(name, ObjectSymbol{word});
    if (name.text.size() <= kMostNameBytes) return;
    budget_.error(name.span,
                  "a name of more than " + std::to_string(kMostNameBytes) + " bytes is too long");
  }

  void enter_names(const lang::File& file) {
    for (const lang::Statement& statement : file.statements) {
      if (const auto* let = std::get_if<lang::Let>(&statement.kind)) {
        enter(let->name, LetSymbol{let, LetSymbol::State::kNew, int64_t{0}});
      } else if (const auto* base = std::get_if<lang::BaseDecl>(&statement.kind)) {
        enter_object(base->name, "base");
      } else if (const auto* internet = std::get_if<lang::InternetDecl>(&statement.kind)) {
        enter_object(internet->name, "internet");
      } else if (const auto* part = std::get_if<lang::PartDecl>(&statement.kind)) {
        enter_object(part->name, "description of a part");
        parts_.by_name.emplace(part->name.text, part);
      } else if (std::holds_alternative<lang::Include>(statement.kind)) {
        budget_.error(statement.span, "this file has not been read",
                      "lang::load puts statements in the place of an `include`");
      }
    }
  }

  void set_values() {
    for (const auto& [name, value] : options_.values) {
      auto* let = std::get_if<LetSymbol>(scope_->own(name));
      if (let != nullptr) {
        check_kind(*let, name, value);
        let->state = LetSymbol::State::kKnown;
        let->value = value;
      } else {
        budget_.error({},
                      code_text("--set " + name) + ": no " + code_text("let " + name) +
                          " at the top of the file",
                      did_you_mean(name, scope_->visible(false)));
      }
    }
  }

  // Where the file says what kind of value it is, another one is a slip of the keyboard.
  void check_kind(const LetSymbol& let, const std::string& name, const Value& value) {
    const lang::Expr& own = let.let->value;
    const std::string_view kind = lang::kind_name(own);
    if (std::holds_alternative<lang::Path>(own.kind) || kind == kind_name(value)) return;
    budget_.error(own.span, code_text("--set " + name) + " gives " + std::string(kind_name(value)) +
                                ", and here it is " + std::string(kind));
  }

  void settle_values(const lang::File& file) {
    for_each<lang::Let>(file, [&](const lang::Let& let) {
      auto* symbol = std::get_if<LetSymbol>(scope_->own(let.name.text));
      if (symbol != nullptr && symbol->let == &let) evaluator_.settle(*symbol, *scope_);
    });
  }

  void expand_base(const lang::BaseDecl& declared) {
    AttributeReader(evaluator_, budget_).read_base(declared.attributes);
    Body body({declared.name.text, true, nullptr, false, nullptr}, evaluator_, budget_);
    graph_.bases.push_back(make_base(declared, body.expand(declared.body, scope_)));
    check_fleet(graph_.bases.back(), budget_);
  }

  // What an internet stands on is expanded before it, as names after its `at` are looked up there;
  // the graph has them in the order of the file.
  void expand_internets(const lang::File& file) {
    std::vector<const lang::InternetDecl*> declared;
    for_each<lang::InternetDecl>(file, [&](const auto& one) { declared.push_back(&one); });
    std::map<std::string_view, size_t> by_name;
    for (size_t i = 0; i < declared.size(); ++i) {
      if (is_internet(declared[i]->name.text)) by_name.emplace(declared[i]->name.text, i);
    }
    std::vector<Internet> internets(declared.size());
    std::vector<char> begun(declared.size(), 0);
    for (size_t first = 0; first < declared.size(); ++first) {
      std::vector<size_t>
          stack;  // from an internet of the file down to one that stands on no other
      size_t at = first;
      while (begun[at] == 0) {
        begun[at] = 1;
        stack.push_back(at);
        const auto below = by_name.find(declared[at]->base.text);
        if (below != by_name.end()) at = below->second;
      }
      if (std::find(stack.begin(), stack.end(), at) != stack.end() &&
          by_name.contains(declared[at]->base.text)) {
        refuse_cycle(declared, by_name, at);
      }
      for (auto one = stack.rbegin(); one != stack.rend(); ++one) {
        internets[*one] = expand_internet(*declared[*one]);
        expanded_.emplace(internets[*one].name, &internets[*one]);
      }
    }
    graph_.internets = std::move(internets);
  }

  bool is_internet(const std::string& name) {
    const auto* object = std::get_if<ObjectSymbol>(scope_->own(name));
    return object != nullptr && object->word == "internet";
  }

  void refuse_cycle(const std::vector<const lang::InternetDecl*>& declared,
                    const std::map<std::string_view, size_t>& by_name, size_t at) {
    std::string way = name_text(declared[at]->name.text);
    size_t below = at;
    do {
      endless_.insert(declared[below]->name.text);
      below = by_name.at(declared[below]->base.text);
      way += " on " + name_text(declared[below]->name.text);
    } while (below != at);
    budget_.error(declared[at]->base.span,
                  "internet " + name_text(declared[at]->name.text) + " stands on itself", way);
  }

  Internet expand_internet(const lang::InternetDecl& declared) {
    Internet internet;
    internet.name = declared.name.text;
    internet.span = declared.name.span;
    internet.on = declared.base.text;
    internet.on_span = declared.base.span;
    AttributeReader(evaluator_, budget_).read_internet(declared.attributes, *scope_, internet);
    const Places* places = find_places(declared);
    Body body({internet.name, false, places, internet.ipv6, &parts_}, evaluator_, budget_);
    Draft draft = body.expand(declared.body, scope_);
    if (places != nullptr && places->empty() && !draft.nodes.empty()) {
      budget_.error(internet.on_span,
                    places->owner() + " has no " + std::string(places->one()) + "s");
    }
    internet.nodes = std::move(draft.nodes);
    internet.links = std::move(draft.links);
    return internet;
  }

  const Places* find_places(const lang::InternetDecl& declared) {
    const std::string& name = declared.base.text;
    const auto found = places_.find(name);
    if (found != places_.end()) return &found->second;
    if (is_internet(name)) {
      const auto below = expanded_.find(name);
      if (below == expanded_.end() || endless_.contains(name)) return nullptr;  // told already
      return &places_.try_emplace(name, *below->second).first->second;
    }
    const auto running = options_.running_internets.find(name);
    if (running != options_.running_internets.end()) {
      return &places_.try_emplace(name, name, running->second).first->second;
    }
    std::vector<std::string> names;
    for (const auto& [known, places] : places_) names.push_back(known);
    for (const auto& [known, internet] : expanded_) names.push_back(known);
    for (const auto& [known, nodes] : options_.running_internets) names.push_back(known);
    std::string note = did_you_mean(name, names);
    if (note.empty()) note = "declare it: `base " + name + " { machine X }`";
    budget_.error(declared.base.span, "unknown base " + name_text(name), note);
    return nullptr;
  }

  const ExpandOptions& options_;
  Budget budget_;
  Evaluator evaluator_;
  std::shared_ptr<Scope> scope_;
  std::map<std::string, Places> places_;             // of what is stood on
  std::map<std::string, const Internet*> expanded_;  // of this file, so far
  std::set<std::string> endless_;                    // that stand on themselves
  Parts parts_;
  Graph graph_;
};

}  // namespace

Result<Value> constant(const std::string& text) {
  Diagnostics diagnostics;
  const auto bad = [&] {
    const Diagnostic& first = diagnostics.all().front();
    return Error{Errc::kInvalidArgument, first.message};
  };
  const auto file = lang::parse(Source{"", "let value = " + text + "\n"}, diagnostics);
  if (!file) return bad();
  const auto* let =
      file->statements.size() == 1 ? std::get_if<lang::Let>(&file->statements[0].kind) : nullptr;
  if (let == nullptr) return Error{Errc::kInvalidArgument, "expected one value"};
  if (const std::string* word = lang::bare_word(let->value)) return Value(*word);
  Budget budget(Limits{}, diagnostics);
  Scope nothing(nullptr);
  auto value = Evaluator(budget).value(let->value, nothing);
  if (!value) return bad();
  return *std::move(value);
}

std::optional<Graph> expand(const lang::File& file, const ExpandOptions& options,
                            Diagnostics& diagnostics) {
  const size_t errors_before = diagnostics.error_count();
  Graph graph = FileExpander(options, diagnostics).expand(file);
  if (diagnostics.error_count() > errors_before) return std::nullopt;
  return graph;
}

}  // namespace vinet::graph
