// Names of nodes, as links, shapes and loops use them: `a`, `r[2]`, `r[*]`, `t.child[*].up`, lists
// of these.
#pragma once

#include <vector>

#include "graph/draft.h"
#include "graph/evaluate.h"

namespace vinet::graph {

/// How many nodes one name may stand for.
enum class Many {
  kOne,        ///< `a`, `r[2]`
  kStar,       ///< also `r[*]`
  kArray,      ///< also the bare name of an array, `r`
  kArrayOnly,  ///< `r` or `r[*]`
};

/// A node as the end of a link.
struct End {
  NodeRef node;
  PortSymbol* port = nullptr;  ///< through which it was named, if any
  Span at;                     ///< of the name
};

class References {
 public:
  /// `draft`: what there is already, for suggestions.
  References(Evaluator& evaluator, Budget& budget, const Surroundings& around, const Draft& draft)
      : evaluator_(evaluator),
        budget_(budget),
        around_(around),
        draft_(draft),
        word_(around.is_base ? "machine" : "node") {}

  /// Appends the nodes that the path names. False after a diagnostic, or where the name was refused
  /// before.
  bool append(const lang::Path& path, Many many, Scope& scope, std::vector<End>& ends);
  /// The same for an argument of a shape: a name, an array or a list of names.
  bool append(const lang::Expr& expr, Scope& scope, std::vector<End>& ends);
  /// Appends what a loop runs over: the elements of an array of nodes or of parts.
  bool append_items(const lang::Path& path, Many many, Scope& scope, std::vector<Value>& items);

 private:
  bool append_meaning(Meaning& meaning, const lang::PathStep& step, const lang::Path& path,
                      Many many, Scope& scope, std::vector<End>& ends);
  bool append_array(const NodeSymbol& symbol, const lang::PathStep& step, const lang::Path& path,
                    Many many, Scope& scope, std::vector<End>& ends);
  bool append_port(PortSymbol& port, const lang::PathStep& step, const lang::Path& path,
                   std::vector<End>& ends);
  bool append_inside(const Meaning& outermost, const lang::Path& path, Many many, Scope& scope,
                     std::vector<End>& ends);
  bool enter(const Meaning& meaning, const lang::PathStep& step, const lang::Path& path, Many many,
             Scope& scope, std::vector<PartRef>& parts);
  void report_unknown(const lang::PathStep& step, Scope& scope);
  void report_unknown_inside(const PartRef& part, const lang::PathStep& step);
  std::string unknown_note(const std::string& name, Scope& scope);

  Evaluator& evaluator_;
  Budget& budget_;
  Surroundings around_;
  const Draft& draft_;
  std::string_view word_;  ///< for messages
};

}  // namespace vinet::graph
