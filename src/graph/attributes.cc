#include "graph/attributes.h"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_set>

#include "graph/words.h"

namespace vinet::graph {
namespace {

constexpr uint8_t kNone = 0;
constexpr uint8_t kMachine = static_cast<uint8_t>(Owner::kMachine);
constexpr uint8_t kBaseLink = static_cast<uint8_t>(Owner::kBaseLink);
constexpr uint8_t kInternet = static_cast<uint8_t>(Owner::kInternet);
constexpr uint8_t kNode = static_cast<uint8_t>(Owner::kNode);
constexpr uint8_t kLink = static_cast<uint8_t>(Owner::kLink);

constexpr std::array kRules = {
    AttributeRule{"address", kMachine | kNode | kLink, kNone, "an address", "address = 10.40.9.1"},
    AttributeRule{"bandwidth", kLink, kNone, "a rate", "bandwidth = 10gbit"},
    AttributeRule{"cost", kBaseLink | kLink, kNone, "an integer", "cost = 10"},
    AttributeRule{"daemon", kMachine, kNone, "a string", "daemon = \"192.0.2.10:7411\""},
    AttributeRule{"delay", kLink, kNone, "a duration", "delay = 20ms"},
    AttributeRule{"flatten", kInternet, kNone, "`yes` or `no`", "flatten = no"},
    AttributeRule{"ipv6", kInternet | kLink, kNone, "`on` or `off`", "ipv6 = off"},
    AttributeRule{"label", kInternet | kNode | kLink, kNone, "a string", "label = \"New York\""},
    AttributeRule{"latitude", kNode, kNone, "degrees as a string", "latitude = \"40.7\""},
    AttributeRule{"lease", kInternet, kNone, "a duration", "lease = 8h"},
    AttributeRule{"longitude", kNode, kNone, "degrees as a string", "longitude = \"-74\""},
    AttributeRule{"loss", kLink, kNone, "a percentage", "loss = 0.1%"},
    AttributeRule{"mtu", kMachine | kBaseLink | kInternet | kLink, kNone, "an integer",
                  "mtu = 1400"},
    AttributeRule{"note", kInternet | kNode | kLink, kNone, "a string, or a list of them",
                  "note = \"leased\""},
    AttributeRule{"pool", kInternet, kNone, "an IPv4 prefix", "pool = 10.40.0.0/16"},
    AttributeRule{"pool6", kInternet, kNone, "an IPv6 prefix", "pool6 = fd40::/48"},
    AttributeRule{"private", kNone, kNode, "a list of strings", "private = [\"/var/lib\"]"},
    AttributeRule{"rate", kBaseLink | kLink, kMachine, "a rate", "rate = 100mbit"},
    AttributeRule{"reserve", kInternet, kNone, "an integer", "reserve = 11"},
    AttributeRule{"routing", kInternet, kNone, "the name of a protocol", "routing = static"},
    AttributeRule{"run", kNode, kNone, "a string", "run = \"sleep inf\""},
    AttributeRule{"secure", kNone, kInternet | kLink, "a name", "secure = wireguard"},
    AttributeRule{"share", kInternet, kNone, "a rate", "share = 500mbit"},
    AttributeRule{"sitn", kInternet, kNone, "`strict`", "sitn = strict"},
    AttributeRule{"transit", kNode, kNone, "`yes` or `no`", "transit = yes"},
    AttributeRule{"where", kInternet, kNode, "a string",
                  "where = \"memory >= 2GiB, role = router\""},
};

bool holds(uint8_t set, Owner owner) {
  return (set & static_cast<uint8_t>(owner)) != 0;
}

struct OwnerWords {
  Owner owner;
  std::string_view one;
  std::string_view many;
};

constexpr std::array kOwners = {
    OwnerWords{Owner::kBase, "a base", "bases"},
    OwnerWords{Owner::kMachine, "a machine", "machines"},
    OwnerWords{Owner::kBaseLink, "a link of a base", "links of a base"},
    OwnerWords{Owner::kInternet, "an internet", "internets"},
    OwnerWords{Owner::kNode, "a host or router", "hosts and routers"},
    OwnerWords{Owner::kLink, "a link of an internet", "links of an internet"},
};

std::string_view one(Owner owner) {
  return std::find_if(kOwners.begin(), kOwners.end(),
                      [&](const OwnerWords& words) { return words.owner == owner; })
      ->one;
}

// "machines, links of a base and internets"
std::string owners_text(uint8_t set) {
  std::vector<std::string_view> names;
  for (const OwnerWords& words : kOwners) {
    if (holds(set, words.owner)) names.push_back(words.many);
  }
  std::string text;
  for (size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " and " : ", ";
    text += names[i];
  }
  return text;
}

std::vector<std::string> known_for(Owner owner) {
  std::vector<std::string> names;
  for (const AttributeRule& rule : kRules) {
    if (holds(rule.owners, owner)) names.emplace_back(rule.name);
  }
  return names;
}

void report_unknown(const lang::Attribute& attribute, Owner owner, Budget& budget) {
  const std::vector<std::string> known = known_for(owner);
  std::string note = did_you_mean(attribute.name.text, known);
  if (note.empty()) {
    note = std::string(one(owner)) + (known.empty() ? " takes no attributes" : " takes ");
    for (size_t i = 0; i < known.size(); ++i) note += (i > 0 ? ", " : "") + known[i];
  }
  budget.error(attribute.name.span, "unknown attribute " + name_text(attribute.name.text), note);
}

// Does the attribute belong here at all?
bool fits(const lang::Attribute& attribute, Owner owner, Budget& budget) {
  const AttributeRule* rule = find_rule(attribute.name.text);
  if (rule == nullptr) {
    report_unknown(attribute, owner, budget);
    return false;
  }
  if (holds(rule->later, owner)) {
    budget.error(attribute.name.span, code_text(rule->name) + " is not supported yet",
                 rule->owners == 0 ? ""
                                   : "not of " + std::string(one(owner)) + "; " +
                                         owners_text(rule->owners) + " can have it");
    return false;
  }
  if (!holds(rule->owners, owner)) {
    const uint8_t owners = rule->owners | rule->later;
    budget.error(attribute.name.span,
                 code_text(rule->name) + " is no attribute of " + std::string(one(owner)),
                 "it belongs to " + owners_text(owners));
    return false;
  }
  return true;
}

}  // namespace

const AttributeRule* find_rule(std::string_view name) {
  const auto* const at = std::find_if(kRules.begin(), kRules.end(),
                                      [&](const AttributeRule& rule) { return rule.name == name; });
  return at == kRules.end() ? nullptr : &*at;
}

std::vector<const lang::Attribute*> check_attributes(const lang::AttributeList& list, Owner owner,
                                                     Budget& budget) {
  std::vector<const lang::Attribute*> checked;
  std::unordered_set<std::string_view> seen;
  for (const lang::Attribute& attribute : list.items) {
    if (!budget.operation()) break;
    if (!fits(attribute, owner, budget)) continue;
    const bool at_end = owner == Owner::kLink && attribute.name.text == "address";
    if (attribute.end && !at_end) {
      budget.error(attribute.end->span, code_text(attribute.name.text) + " takes no `at`",
                   owner == Owner::kLink ? "it holds for both ends of the link" : "");
      continue;
    }
    if (!at_end && !seen.insert(attribute.name.text).second) {
      budget.error(attribute.name.span, code_text(attribute.name.text) + " is given twice");
      continue;
    }
    checked.push_back(&attribute);
  }
  return checked;
}

}  // namespace vinet::graph
