// JSON to Ast. The JSON may say anything: what is read is printed as text and parsed, so that only
// what the language can say comes out.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "lang/ast_json.h"
#include "lang/formatter.h"
#include "lang/json_fields.h"
#include "lang/parser.h"

namespace vinet::lang {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kMostLevels = 2000;  // parser.h's limits, in JSON; calls go as deep
constexpr size_t kMostQuoted = 40;

// What is wrong, and in which member.
struct Problem {
  std::string path;
  std::string message;
};

class Reader {
 public:
  explicit Reader(std::optional<Problem>& problem) : problem_(problem) {}

  bool read(const Json& json, File& file) { return node(json, file); }

 private:
  // --- members of objects

  /// Reads the members of one object; all of them must be known.
  struct Members {
    Reader& reader;
    const Json& object;
    size_t known = 0;
    bool good = true;

    template <typename T>
    void operator()(const char* name, T& member) {
      if (!good) return;
      const auto found = object.find(name);
      if (found == object.end()) {
        good = !is_required(member) || reader.fail("'" + std::string(name) + "' is missing");
        return;
      }
      ++known;
      good = reader.inside("." + std::string(name), [&] { return reader.value(*found, member); });
    }
  };

  static bool is_required(const Name&) { return true; }
  static bool is_required(const Expr&) { return true; }
  static bool is_required(const Path&) { return true; }
  template <typename T>
  static bool is_required(const T&) {
    return false;
  }

  /// An object whose members are the node's; `known`: members that have been read already.
  template <typename T>
  bool node(const Json& json, T& node, size_t known = 0) {
    if (!json.is_object()) return fail("expected an object");
    Members members{*this, json, known};
    fields(node, members);
    return members.good && (members.known == json.size() || fail_unknown(json, node));
  }

  template <typename T>
  bool fail_unknown(const Json& json, T& node) {
    std::vector<std::string> names = {"kind", "op"};
    const auto collect = [&](const char* name, auto&) { names.emplace_back(name); };
    fields(node, collect);
    if constexpr (!std::is_same_v<T, Trivia>) {
      Trivia trivia;
      fields(trivia, collect);
    }
    for (const auto& [name, member] : json.items()) {
      if (std::find(names.begin(), names.end(), name) == names.end()) {
        return fail("unknown member '" + name.substr(0, kMostQuoted) + "'");
      }
    }
    return fail("members that do not go together");
  }

  // --- values

  bool value(const Json& json, std::string& text) {
    if (!json.is_string()) return fail("expected a string");
    text = json.get<std::string>();
    return true;
  }
  bool value(const Json& json, bool& flag) {
    if (!json.is_boolean()) return fail("expected true or false");
    flag = json.get<bool>();
    return true;
  }
  bool value(const Json& json, uint32_t& number) {
    if (!json.is_number_unsigned() || json.get<uint64_t>() > UINT32_MAX) {
      return fail("expected a small number");
    }
    number = json.get<uint32_t>();
    return true;
  }
  bool value(const Json& json, Name& name) { return value(json, name.text); }
  bool value(const Json& json, PathStep& step) {
    return json.is_string() ? value(json, step.name) : node(json, step);
  }
  bool value(const Json& json, Path& path) {
    return value(json, path.steps) && (!path.steps.empty() || fail("a name has at least one step"));
  }
  template <typename T>
  bool value(const Json& json, std::vector<T>& list) {
    if (!json.is_array()) return fail("expected an array");
    for (size_t i = 0; i < json.size(); ++i) {
      list.emplace_back();
      if (!inside("[" + std::to_string(i) + "]", [&] { return value(json[i], list.back()); })) {
        return false;
      }
    }
    return true;
  }
  template <typename T>
  bool value(const Json& json, std::optional<T>& held) {
    return value(json, held.emplace());
  }
  template <typename T>
  bool value(const Json& json, Box<T>& held) {
    held = T();
    return value(json, *held);
  }
  template <typename T>
  bool value(const Json& json, T& held) {
    return node(json, held);
  }

  // --- statements and expressions

  bool value(const Json& json, Statement& statement) {
    const Json* kind = json.is_object() && json.contains("kind") ? &json["kind"] : nullptr;
    if (kind == nullptr || !kind->is_string())
      return fail("a statement is an object with a 'kind'");
    const std::string word = kind->get<std::string>();
    Trivia trivia;
    Members around{*this, json, 1};
    fields(trivia, around);
    if (!around.good) return false;
    if (around.known > 1) statement.trivia = std::move(trivia);
    if (!read_kind(json, word, around.known, statement.kind)) return false;
    return is_whole(statement) || fail("'" + word + "' without what it is about");
  }

  bool read_kind(const Json& json, const std::string& word, size_t known, Statement::Kind& kind) {
    for (const NodeKind each : {NodeKind::kMachine, NodeKind::kHost, NodeKind::kRouter}) {
      if (word == to_string(each)) {
        auto& nodes = kind.emplace<NodeDecl>();
        nodes.kind = each;
        return node(json, nodes, known);
      }
    }
    for (const ShapeKind each :
         {ShapeKind::kChain, ShapeKind::kRing, ShapeKind::kStar, ShapeKind::kMesh}) {
      if (word == to_string(each)) {
        auto& shape = kind.emplace<ShapeUse>();
        shape.shape = each;
        return node(json, shape, known);
      }
    }
    if (word == "base") return node(json, kind.emplace<BaseDecl>(), known);
    if (word == "internet") return node(json, kind.emplace<InternetDecl>(), known);
    if (word == "part") return node(json, kind.emplace<PartDecl>(), known);
    if (word == "use") return node(json, kind.emplace<PartUse>(), known);
    if (word == "port") return node(json, kind.emplace<PortDecl>(), known);
    if (word == "link") return node(json, kind.emplace<LinkDecl>(), known);
    if (word == "let") return node(json, kind.emplace<Let>(), known);
    if (word == "for") return node(json, kind.emplace<For>(), known);
    if (word == "if") return node(json, kind.emplace<If>(), known);
    if (word == "include") return node(json, kind.emplace<Include>(), known);
    if (word == "route") return node(json, kind.emplace<Route>(), known);
    return fail("unknown kind '" + word.substr(0, kMostQuoted) + "'");
  }

  /// Does the statement hold what the formatter takes for granted?
  static bool is_whole(const Statement& statement) {
    if (const auto* nodes = std::get_if<NodeDecl>(&statement.kind)) return !nodes->names.empty();
    if (const auto* link = std::get_if<LinkDecl>(&statement.kind)) return link->ends.size() >= 2;
    if (const auto* decision = std::get_if<If>(&statement.kind)) return !decision->branches.empty();
    if (const auto* include = std::get_if<Include>(&statement.kind)) {
      return std::holds_alternative<Text>(include->file.kind);
    }
    return true;
  }

  bool value(const Json& json, Expr& expr) {
    if (json.is_number_integer()) {
      const bool fits = json.is_number_unsigned()
                            ? json.get<uint64_t>() <= static_cast<uint64_t>(INT64_MAX)
                            : json.get<int64_t>() >= 0;
      if (!fits) return fail("an integer has 63 bits; what is negative is {\"negate\": …}");
      expr.kind = Integer{json.get<int64_t>()};
      return true;
    }
    if (!json.is_object() || json.empty()) return fail("expected a value: an integer or an object");
    if (json.contains("list")) return list(json, expr.kind.emplace<List>());
    if (json.contains("op")) return binary(json, expr.kind.emplace<Binary>());
    if (json.contains("first") || json.contains("last")) {
      auto& range = expr.kind.emplace<Range>();
      return node(json, range) && ((range.first && range.last) || fail("a range has two ends"));
    }
    if (json.size() != 1) return fail("a value of several kinds");
    const auto only = json.begin();
    return inside("." + only.key().substr(0, kMostQuoted),
                  [&] { return single(only.key(), only.value(), expr); });
  }

  bool list(const Json& json, List& list) {
    if (!node(json, list)) return false;
    const bool fits = !list.comments || list.comments->items.size() == list.items.size();
    return fits || fail("one comment for each item of a list, or none");
  }

  bool binary(const Json& json, Binary& binary) {
    const Json& op = json["op"];
    bool known = false;
    for (int i = 0; i <= static_cast<int>(BinaryOp::kModulo); ++i) {
      if (op != std::string(to_string(static_cast<BinaryOp>(i)))) continue;
      binary.op = static_cast<BinaryOp>(i);
      known = true;
    }
    if (!known) return fail("unknown operator");
    return node(json, binary, 1) &&
           ((binary.left && binary.right) || fail("an operator has two sides"));
  }

  bool single(const std::string& kind, const Json& json, Expr& expr) {
    if (kind == "name") return value(json, expr.kind.emplace<Path>());
    if (kind == "not" || kind == "negate") {
      auto& unary = expr.kind.emplace<Unary>();
      unary.op = kind == "not" ? UnaryOp::kNot : UnaryOp::kNegate;
      return value(json, unary.operand);
    }
    std::string text;
    if (!value(json, text)) return false;
    if (kind == "string") return expr.kind.emplace<Text>(Text{text}), true;
    if (kind == "address") return parsed(net::parse_address(text), expr);
    if (kind == "prefix") return parsed(net::parse_prefix(text), expr);
    if (kind != "rate" && kind != "duration" && kind != "percentage" && kind != "size") {
      return fail("unknown kind of value");
    }
    expr.spelling = text;
    if (kind == "rate") return parsed(parse_rate(text), expr);
    if (kind == "duration") return parsed(parse_duration(text), expr);
    if (kind == "percentage") return parsed(parse_fraction(text), expr);
    return parsed(parse_size(text), expr);
  }

  template <typename Parsed>
  bool parsed(Parsed result, Expr& expr) {
    if (!result) return fail("'" + expr.spelling.substr(0, kMostQuoted) + "' cannot be read");
    expr.kind = *result;
    return true;
  }

  // --- where we are

  template <typename Read>
  bool inside(const std::string& step, Read&& read) {
    if (level_ >= kMostLevels) return fail("nested too deep");
    const size_t before = path_.size();
    path_ += step;
    ++level_;
    const bool good = read();
    --level_;
    path_.resize(before);
    return good;
  }

  bool fail(std::string message) {
    if (!problem_) problem_ = Problem{path_.empty() ? "" : path_.substr(1), std::move(message)};
    return false;
  }

  std::optional<Problem>& problem_;
  std::string path_;
  int level_ = 0;
};

/// Takes note of where a text stops being JSON.
class Checker : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(size_t) override { return enter(); }
  bool key(string_t&) override { return true; }
  bool end_object() override { return leave(); }
  bool start_array(size_t) override { return enter(); }
  bool end_array() override { return leave(); }
  bool parse_error(size_t position, const std::string&, const Json::exception&) override {
    position_ = position;
    return false;
  }
  size_t position() const { return position_; }

 private:
  bool enter() { return ++levels_ <= 3 * kMostLevels; }
  bool leave() { return --levels_ >= 0; }

  size_t position_ = 0;
  int levels_ = 0;
};

}  // namespace

std::optional<File> from_json(const Source& json, Diagnostics& diagnostics) {
  Checker checker;
  if (!Json::sax_parse(json.text, &checker)) {
    const auto at =
        static_cast<uint32_t>(std::min(json.text.size(), std::max<size_t>(checker.position(), 1)));
    diagnostics.error({at - std::min(at, 1U), at}, "this is no JSON, or nested too deep");
    return std::nullopt;
  }
  std::optional<Problem> problem;
  File file;
  Reader(problem).read(Json::parse(json.text, nullptr, false), file);
  if (problem) {
    const std::string where = problem->path.empty() ? "" : problem->path + ": ";
    diagnostics.error({}, where + problem->message);
    return std::nullopt;
  }
  const Source text{json.name, format(file)};
  Diagnostics of_text;
  std::optional<File> again = parse(text, of_text);
  if (again && *again == file) return file;
  const bool silent = of_text.all().empty();
  diagnostics.error({}, "this JSON describes what the language cannot say",
                    silent ? "a name or comment that is none?" : of_text.all().front().message);
  return std::nullopt;
}

}  // namespace vinet::lang
