// Ast to JSON.
#include "lang/ast_json.h"

#include <nlohmann/json.hpp>

#include "lang/json_fields.h"

namespace vinet::lang {
namespace {

using Json = nlohmann::ordered_json;

class Writer {
 public:
  explicit Writer(Json& object) : object_(object) {}

  // The fields are listed for nodes that can be changed; the writer changes none.
  template <typename T>
  void operator()(const char* name, const T& member) {
    if (is_default(member)) return;
    object_[name] = of(member);
  }

  template <typename T>
  static Json of_node(const T& node) {
    Json object = Json::object();
    Writer writer(object);
    fields(const_cast<T&>(node), writer);  // NOLINT(cppcoreguidelines-pro-type-const-cast)
    return object;
  }

  static Json of(const Statement& statement) {
    Json object = Json::object();
    object["kind"] = word(statement);
    Writer writer(object);
    std::visit(
        [&](const auto& kind) {
          using T = std::decay_t<decltype(kind)>;
          fields(const_cast<T&>(kind), writer);  // NOLINT(cppcoreguidelines-pro-type-const-cast)
        },
        statement.kind);
    if (statement.trivia) object.update(of_node(*statement.trivia));
    return object;
  }

 private:
  static bool is_default(const std::string& text) { return text.empty(); }
  static bool is_default(bool flag) { return !flag; }
  static bool is_default(uint32_t number) { return number == 0; }
  static bool is_default(const AttributeList& list) {
    return list.items.empty() && list.closing.empty();
  }
  template <typename T>
  static bool is_default(const std::vector<T>& list) {
    return list.empty();
  }
  template <typename T>
  static bool is_default(const std::optional<T>& held) {
    return !held;
  }
  template <typename T>
  static bool is_default(const Box<T>& held) {
    return !held;
  }
  template <typename T>
  static bool is_default(const T&) {
    return false;
  }

  static std::string word(const Statement& statement) {
    return std::visit(Overloaded{
                          [](const BaseDecl&) { return std::string("base"); },
                          [](const InternetDecl&) { return std::string("internet"); },
                          [](const PartDecl&) { return std::string("part"); },
                          [](const PartUse&) { return std::string("use"); },
                          [](const PortDecl&) { return std::string("port"); },
                          [](const NodeDecl& nodes) { return std::string(to_string(nodes.kind)); },
                          [](const LinkDecl&) { return std::string("link"); },
                          [](const ShapeUse& use) { return std::string(to_string(use.shape)); },
                          [](const Let&) { return std::string("let"); },
                          [](const For&) { return std::string("for"); },
                          [](const If&) { return std::string("if"); },
                          [](const Include&) { return std::string("include"); },
                          [](const Route&) { return std::string("route"); },
                      },
                      statement.kind);
  }

  static Json of(const std::string& text) { return text; }
  static Json of(bool flag) { return flag; }
  static Json of(uint32_t number) { return number; }
  static Json of(const Name& name) { return name.text; }
  static Json of(const Path& path) {
    Json steps = Json::array();
    for (const PathStep& step : path.steps) {
      steps.push_back(step.index || step.all ? of_node(step) : Json(step.name.text));
    }
    return steps;
  }
  template <typename T>
  static Json of(const std::vector<T>& list) {
    Json array = Json::array();
    for (const T& item : list) array.push_back(of(item));
    return array;
  }
  template <typename T>
  static Json of(const std::optional<T>& held) {
    return of(*held);
  }
  template <typename T>
  static Json of(const Box<T>& held) {
    return of(*held);
  }
  template <typename T>
  static Json of(const T& node) {
    return of_node(node);
  }

  static Json of(const Expr& expr) {
    const auto quantity = [&](const char* kind, const auto& value) {
      return Json{{kind, expr.spelling.empty() ? vinet::to_string(value) : expr.spelling}};
    };
    return std::visit(
        Overloaded{
            [](const Integer& integer) { return Json(integer.value); },
            [&](const Rate& rate) { return quantity("rate", rate); },
            [&](const Duration& duration) { return quantity("duration", duration); },
            [&](const Fraction& fraction) { return quantity("percentage", fraction); },
            [&](const Size& size) { return quantity("size", size); },
            [](const net::IpAddress& a) {
              return Json{{"address", net::to_string(a)}};
            },
            [](const net::IpPrefix& p) {
              return Json{{"prefix", net::to_string(p)}};
            },
            [](const Text& text) {
              return Json{{"string", text.value}};
            },
            [](const Path& path) {
              return Json{{"name", of(path)}};
            },
            [](const List& list) {
              Json object = of_node(list);
              if (!object.contains("list")) object["list"] = Json::array();
              return object;
            },
            [](const Unary& unary) {
              return Json{{unary.op == UnaryOp::kNot ? "not" : "negate", of(unary.operand)}};
            },
            [](const Binary& binary) {
              Json object = {{"op", to_string(binary.op)}};
              object.update(of_node(binary));
              return object;
            },
            [](const Range& range) { return of_node(range); },
        },
        expr.kind);
  }

  Json& object_;
};

}  // namespace

std::string to_json(const File& file) {
  // What is no text in UTF-8 has been refused by the lexer; a hand-made Ast may hold it.
  return Writer::of_node(file).dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace vinet::lang
