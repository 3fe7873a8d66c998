// The values of attributes, checked for kind and range, as a Graph holds them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "graph/attributes.h"
#include "graph/evaluate.h"
#include "graph/graph.h"

namespace vinet::graph {

struct NodeAttributes {
  uint32_t mtu_bytes = Machine{}.mtu_bytes;  ///< of a machine
  std::string daemon;                        ///< of a machine, as graph.h has it
  std::optional<bool> transit;
  std::vector<net::IpAddress> addresses;
  Span daemon_span;
  Span addresses_span;
  std::string run;
  Annotations annotations;
};

/// `address = X at user`
struct EndAddresses {
  const lang::Path* end = nullptr;
  std::vector<net::IpAddress> addresses;
  Span span;  ///< of the value
};

struct LinkAttributes {
  std::optional<uint32_t> mtu_bytes;
  uint64_t rate_bps = 0;
  uint64_t delay_us = 0;
  uint32_t loss_ppb = 0;
  uint32_t cost = 1;
  std::optional<bool> ipv6;
  std::vector<EndAddresses> addresses;
  Annotations annotations;
};

/// Reads lists of attributes. What is wrong is reported and keeps its default.
class AttributeReader {
 public:
  AttributeReader(Evaluator& evaluator, Budget& budget) : evaluator_(evaluator), budget_(budget) {}

  void read_base(const lang::AttributeList& list);
  void read_internet(const lang::AttributeList& list, Scope& scope, Internet& internet);
  /// `owner`: kMachine or kNode.
  NodeAttributes read_node(const lang::AttributeList& list, Owner owner, Scope& scope);
  /// `owner`: kBaseLink or kLink.
  LinkAttributes read_link(const lang::AttributeList& list, Owner owner, Scope& scope);

 private:
  struct Bounds {
    int64_t least = 0;
    int64_t most = 0;
    std::string_view why;  ///< a note, may be empty
  };

  template <typename T>
  std::optional<T> typed(const lang::Attribute& attribute, Scope& scope);
  template <typename T>
  std::optional<T> typed(const lang::Attribute& attribute, const lang::Expr& expr, Scope& scope);
  std::optional<uint32_t> integer(const lang::Attribute& attribute, Scope& scope, Bounds bounds);
  std::optional<bool> truth(const lang::Attribute& attribute, Scope& scope);
  std::optional<net::IpPrefix> pool(const lang::Attribute& attribute, Scope& scope, bool ipv6);
  std::optional<uint64_t> rate(const lang::Attribute& attribute, Scope& scope);
  std::optional<uint32_t> loss(const lang::Attribute& attribute, Scope& scope);
  std::vector<net::IpAddress> addresses(const lang::Attribute& attribute, Scope& scope);
  std::optional<uint64_t> lease(const lang::Attribute& attribute, Scope& scope);
  std::string command(const lang::Attribute& attribute, Scope& scope);
  std::string condition(const lang::Attribute& attribute, Scope& scope);
  std::string daemon(const lang::Attribute& attribute, Scope& scope);
  /// Reads an attribute that only describes.
  void annotate(const lang::Attribute& attribute, Scope& scope, Annotations& annotations);
  void check_routing(const lang::Attribute& attribute);
  bool check_sitn(const lang::Attribute& attribute);
  void wrong_kind(const lang::Attribute& attribute, std::string_view got, Span at);
  void wrong_kind(const lang::Attribute& attribute);  ///< of the value as written, or its absence

  Evaluator& evaluator_;
  Budget& budget_;
};

}  // namespace vinet::graph
