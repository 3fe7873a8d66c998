#include "graph/attribute_values.h"

#include <algorithm>
#include <array>
#include <string>

#include "graph/addresses.h"
#include "graph/annotations.h"
#include "graph/endpoint.h"
#include "graph/words.h"

namespace vinet::graph {
namespace {

constexpr int64_t kLeastMtuBytes = 68;  // RFC 791: every link carries this much
constexpr int64_t kLeastBaseMtuBytes = kLeastMtuBytes + 40;
constexpr int64_t kMostMtuBytes = 65535;
constexpr int64_t kMostCost = 65535;
constexpr int64_t kMostReserve = 65535;
constexpr uint64_t kWholePpb = 1'000'000'000;
constexpr uint64_t kSecondUs = 1'000'000;
constexpr size_t kMostCommandBytes =
    65'536;  // a word that Linux hands to a program may have twice that

constexpr std::array<std::string_view, 6> kLaterRouting = {"ospf", "bgp",  "babel",
                                                           "rip",  "isis", "pim"};

constexpr std::string_view kMtuNote = "IPv4 needs links of at least 68 bytes (RFC 791)";
constexpr std::string_view kBaseMtuNote = "68 bytes inside an internet and 40 of headers";

}  // namespace

void AttributeReader::read_base(const lang::AttributeList& list) {
  check_attributes(list, Owner::kBase, budget_);
}

void AttributeReader::read_internet(const lang::AttributeList& list, Scope& scope,
                                    Internet& internet) {
  Span pool6_span;
  for (const lang::Attribute* attribute : check_attributes(list, Owner::kInternet, budget_)) {
    const std::string& name = attribute->name.text;
    if (name == "pool") {
      internet.pool = pool(*attribute, scope, false);
    } else if (name == "pool6") {
      internet.pool6 = pool(*attribute, scope, true);
      pool6_span = attribute->span;
    } else if (name == "reserve") {
      const auto reserve = integer(*attribute, scope, {0, kMostReserve, ""});
      if (reserve) internet.reserve = *reserve;
    } else if (name == "ipv6") {
      internet.ipv6 = truth(*attribute, scope).value_or(true);
    } else if (name == "mtu") {
      internet.mtu_bytes = integer(*attribute, scope, {kLeastMtuBytes, kMostMtuBytes, kMtuNote});
    } else if (name == "routing") {
      check_routing(*attribute);
    } else if (name == "sitn") {
      internet.sitn_strict = check_sitn(*attribute);
    } else if (name == "lease") {
      internet.lease_s = lease(*attribute, scope);
    } else if (name == "share") {
      internet.share_bps = rate(*attribute, scope).value_or(0);
    } else if (name == "flatten") {
      internet.flatten = truth(*attribute, scope).value_or(true);
    } else if (name == "where") {
      internet.where = condition(*attribute, scope);
      internet.where_span = attribute->value ? attribute->value->span : attribute->span;
    } else {
      annotate(*attribute, scope, internet.annotations);
    }
  }
  sort_annotations(internet.annotations);
  if (internet.pool6 && !internet.ipv6) {
    budget_.error(pool6_span, "`pool6` has no use where `ipv6 = off`");
  }
}

NodeAttributes AttributeReader::read_node(const lang::AttributeList& list, Owner owner,
                                          Scope& scope) {
  NodeAttributes read;
  for (const lang::Attribute* attribute : check_attributes(list, owner, budget_)) {
    const std::string& name = attribute->name.text;
    if (name == "mtu") {
      read.mtu_bytes = integer(*attribute, scope, {kLeastBaseMtuBytes, kMostMtuBytes, kBaseMtuNote})
                           .value_or(read.mtu_bytes);
    } else if (name == "transit") {
      read.transit = truth(*attribute, scope);
    } else if (name == "daemon") {
      read.daemon = daemon(*attribute, scope);
      read.daemon_span = attribute->span;
    } else if (name == "address") {
      read.addresses = addresses(*attribute, scope);
      read.addresses_span = attribute->span;
    } else if (name == "run") {
      read.run = command(*attribute, scope);
    } else {
      annotate(*attribute, scope, read.annotations);
    }
  }
  sort_annotations(read.annotations);
  return read;
}

LinkAttributes AttributeReader::read_link(const lang::AttributeList& list, Owner owner,
                                          Scope& scope) {
  LinkAttributes read;
  for (const lang::Attribute* attribute : check_attributes(list, owner, budget_)) {
    const std::string& name = attribute->name.text;
    if (name == "mtu") {
      read.mtu_bytes =
          owner == Owner::kLink
              ? integer(*attribute, scope, {kLeastMtuBytes, kMostMtuBytes, kMtuNote})
              : integer(*attribute, scope, {kLeastBaseMtuBytes, kMostMtuBytes, kBaseMtuNote});
    } else if (name == "rate") {
      read.rate_bps = rate(*attribute, scope).value_or(0);
    } else if (name == "delay") {
      read.delay_us = typed<Duration>(*attribute, scope).value_or(Duration{}).us;
    } else if (name == "loss") {
      read.loss_ppb = loss(*attribute, scope).value_or(0);
    } else if (name == "cost") {
      read.cost = integer(*attribute, scope, {1, kMostCost, ""}).value_or(1);
    } else if (name == "ipv6") {
      read.ipv6 = truth(*attribute, scope);
    } else if (name == "address" && !attribute->end) {
      budget_.error(attribute->span, "which end of the link has this address?",
                    "say where: `address = 10.40.9.1 at user`");
    } else if (name == "address") {
      read.addresses.push_back(
          {&*attribute->end, addresses(*attribute, scope), attribute->value->span});
    } else {
      annotate(*attribute, scope, read.annotations);
    }
  }
  sort_annotations(read.annotations);
  return read;
}

void AttributeReader::wrong_kind(const lang::Attribute& attribute, std::string_view got, Span at) {
  const AttributeRule& rule = *find_rule(attribute.name.text);
  budget_.error(
      at, code_text(rule.name) + " takes " + std::string(rule.takes) + ", not " + std::string(got),
      "for example " + code_text(rule.example));
}

void AttributeReader::wrong_kind(const lang::Attribute& attribute) {
  if (!attribute.value) return wrong_kind(attribute, "nothing", attribute.span);
  const std::string* word = lang::bare_word(*attribute.value);
  wrong_kind(attribute,
             word != nullptr ? "the name " + name_text(*word)
                             : std::string(lang::kind_name(*attribute.value)),
             attribute.value->span);
}

template <typename T>
std::optional<T> AttributeReader::typed(const lang::Attribute& attribute, Scope& scope) {
  if (attribute.value) return typed<T>(attribute, *attribute.value, scope);
  wrong_kind(attribute);
  return std::nullopt;
}

template <typename T>
std::optional<T> AttributeReader::typed(const lang::Attribute& attribute, const lang::Expr& expr,
                                        Scope& scope) {
  const std::string* word = lang::bare_word(expr);
  if (word != nullptr && !scope.find(*word)) {
    wrong_kind(attribute, "the name " + name_text(*word), expr.span);
    return std::nullopt;
  }
  if (std::holds_alternative<lang::List>(expr.kind) ||
      std::holds_alternative<lang::Range>(expr.kind)) {
    wrong_kind(attribute, lang::kind_name(expr), expr.span);
    return std::nullopt;
  }
  const auto got = evaluator_.value(expr, scope);
  if (!got) return std::nullopt;
  if (const T* right = std::get_if<T>(&*got)) return *right;
  wrong_kind(attribute, kind_name(*got), expr.span);
  return std::nullopt;
}

std::optional<uint32_t> AttributeReader::integer(const lang::Attribute& attribute, Scope& scope,
                                                 Bounds bounds) {
  const auto number = typed<int64_t>(attribute, scope);
  if (!number) return std::nullopt;
  if (*number < bounds.least || *number > bounds.most) {
    budget_.error(attribute.value->span,
                  code_text(attribute.name.text) + " is " + std::to_string(bounds.least) + " to " +
                      std::to_string(bounds.most) + ", not " + std::to_string(*number),
                  std::string(bounds.why));
    return std::nullopt;
  }
  return static_cast<uint32_t>(*number);
}

std::optional<bool> AttributeReader::truth(const lang::Attribute& attribute, Scope& scope) {
  const std::string* word = attribute.value ? lang::bare_word(*attribute.value) : nullptr;
  if (word != nullptr && (*word == "yes" || *word == "on")) return true;
  if (word != nullptr && (*word == "no" || *word == "off")) return false;
  if (!attribute.value) return true;
  return typed<bool>(attribute, scope);
}

std::optional<net::IpPrefix> AttributeReader::pool(const lang::Attribute& attribute, Scope& scope,
                                                   bool ipv6) {
  const auto prefix = typed<net::IpPrefix>(attribute, scope);
  if (!prefix) return std::nullopt;
  if (net::is_ipv6(prefix->network) != ipv6) {
    wrong_kind(attribute, kind_name(Value(*prefix)), attribute.value->span);
    return std::nullopt;
  }
  if (const std::string_view bad = unusable(*prefix); !bad.empty()) {
    budget_.error(attribute.value->span, "this pool holds " + std::string(bad),
                  "no node can have one of these");
    return std::nullopt;
  }
  return prefix;
}

std::optional<uint64_t> AttributeReader::rate(const lang::Attribute& attribute, Scope& scope) {
  const auto rate = typed<Rate>(attribute, scope);
  if (!rate) return std::nullopt;
  if (rate->bits_per_s > 0) return rate->bits_per_s;
  const std::string& name = attribute.name.text;
  budget_.error(attribute.value->span, code_text(name) + " must be more than 0",
                name == "share" ? "an internet without `share` takes what the others leave"
                                : "a link without `rate` is as fast as the machine");
  return std::nullopt;
}

std::optional<uint32_t> AttributeReader::loss(const lang::Attribute& attribute, Scope& scope) {
  const auto loss = typed<Fraction>(attribute, scope);
  if (!loss) return std::nullopt;
  if (loss->ppb <= kWholePpb) return static_cast<uint32_t>(loss->ppb);
  budget_.error(attribute.value->span, "`loss` is 0% to 100%, not " + to_string(*loss));
  return std::nullopt;
}

std::optional<uint64_t> AttributeReader::lease(const lang::Attribute& attribute, Scope& scope) {
  const auto lease = typed<Duration>(attribute, scope);
  if (!lease) return std::nullopt;
  if (lease->us > 0 && lease->us % kSecondUs == 0) return lease->us / kSecondUs;
  budget_.error(attribute.value->span,
                "`lease` is counted in whole seconds, from `1s`, not " + to_string(*lease));
  return std::nullopt;
}

std::string AttributeReader::command(const lang::Attribute& attribute, Scope& scope) {
  auto text = typed<std::string>(attribute, scope);
  if (!text) return "";
  const bool blank = text->find_first_not_of(" \t\n") == std::string::npos;
  if (!blank && text->size() <= kMostCommandBytes) return *std::move(text);
  budget_.error(attribute.value->span,
                blank ? "`run` says nothing to run"
                      : "`run` is longer than " + std::to_string(kMostCommandBytes) + " bytes",
                blank ? "for example `run = \"sleep inf\"`" : "put it into a script");
  return "";
}

std::string AttributeReader::condition(const lang::Attribute& attribute, Scope& scope) {
  auto text = typed<std::string>(attribute, scope);
  if (!text) return "";
  if (text->find_first_not_of(" \t\n") != std::string::npos) return *std::move(text);
  budget_.error(attribute.value->span, "`where` says no condition",
                "for example " + code_text(find_rule(attribute.name.text)->example));
  return "";
}

std::string AttributeReader::daemon(const lang::Attribute& attribute, Scope& scope) {
  const auto text = typed<std::string>(attribute, scope);
  if (!text) return "";
  auto endpoint = parse_endpoint(*text);
  if (endpoint) return to_string(*endpoint);
  budget_.error(attribute.value->span, endpoint.error().message,
                "for example " + code_text(find_rule(attribute.name.text)->example));
  return "";
}

void AttributeReader::annotate(const lang::Attribute& attribute, Scope& scope,
                               Annotations& annotations) {
  const std::string& key = attribute.name.text;
  if (key == "bandwidth") {
    if (const auto value = rate(attribute, scope)) {
      annotations.push_back({key, to_string(Rate{*value})});
    }
    return;
  }
  if (!attribute.value) return wrong_kind(attribute);
  const auto* list = std::get_if<lang::List>(&attribute.value->kind);
  if (key != "note") list = nullptr;
  const size_t count = list != nullptr ? list->items.size() : 1;
  for (size_t i = 0; i < count && !budget_.exhausted(); ++i) {
    const lang::Expr& item = list != nullptr ? list->items[i] : *attribute.value;
    auto text = typed<std::string>(attribute, item, scope);
    if (!text) continue;
    const int most = key == "latitude" ? 90 : 180;
    if (key.ends_with("itude") && !is_degrees(*text, most)) {
      budget_.error(item.span,
                    code_text(key) + " is -" + std::to_string(most) + " to " +
                        std::to_string(most) + " degrees, not " + name_text(*text),
                    "for example " + code_text(find_rule(key)->example));
      continue;
    }
    annotations.push_back({key, *std::move(text)});
  }
}

// One address, or a list with at most one of each family.
std::vector<net::IpAddress> AttributeReader::addresses(const lang::Attribute& attribute,
                                                       Scope& scope) {
  std::vector<net::IpAddress> read;
  if (!attribute.value) {
    wrong_kind(attribute);
    return read;
  }
  const auto* list = std::get_if<lang::List>(&attribute.value->kind);
  const size_t count = list != nullptr ? list->items.size() : 1;
  if (count == 0) wrong_kind(attribute, "an empty list", attribute.value->span);
  for (size_t i = 0; i < count && !budget_.exhausted(); ++i) {
    const lang::Expr& item = list != nullptr ? list->items[i] : *attribute.value;
    const auto address = typed<net::IpAddress>(attribute, item, scope);
    if (!address) continue;
    if (const std::string_view bad = unusable(*address); !bad.empty()) {
      budget_.error(item.span, net::to_string(*address) + " is " + std::string(bad),
                    "no node can have it");
    } else if (!read.empty() && net::is_ipv6(read.front()) == net::is_ipv6(*address)) {
      budget_.error(item.span, "at most one address of each family");
    } else if (read.size() < 2) {
      read.push_back(*address);
    }
  }
  return read;
}

void AttributeReader::check_routing(const lang::Attribute& attribute) {
  const std::string* word = attribute.value ? lang::bare_word(*attribute.value) : nullptr;
  if (word != nullptr && *word == "static") return;
  if (word == nullptr) {
    wrong_kind(attribute);
    return;
  }
  if (std::find(kLaterRouting.begin(), kLaterRouting.end(), *word) != kLaterRouting.end()) {
    budget_.error(attribute.value->span, "`routing = " + *word + "` is not supported yet",
                  "`routing = static` is");
    return;
  }
  std::vector<std::string> all(kLaterRouting.begin(), kLaterRouting.end());
  all.emplace_back("static");
  budget_.error(attribute.value->span, "unknown routing protocol " + name_text(*word),
                did_you_mean(*word, all));
}

bool AttributeReader::check_sitn(const lang::Attribute& attribute) {
  const std::string* word = attribute.value ? lang::bare_word(*attribute.value) : nullptr;
  if (word != nullptr && *word == "strict") return true;
  wrong_kind(attribute);
  return false;
}

}  // namespace vinet::graph
